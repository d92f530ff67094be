using System.CommandLine;

namespace Bot.Cli.DemoData;

/// <summary><c>incident demo-data [--incidents N] [--months M]</c>: believable history in an empty database, to look around in.</summary>
internal static class DemoDataCommand
{
    public static Command Build()
    {
        var incidents = Number("--incidents", "How many", 40, DemoWish.Open, 2_000);
        var months = Number("--months", "How far back they go, of 30 days each", 3, 1, 24);
        var seed = Number("--seed", "The same seed at the same time gives the same history", 1, 0, int.MaxValue);
        var add = new Option<bool>("--add") { Description = "Also into a database that has incidents already" };
        var command = new Command("demo-data", "Believable history to look around in: incidents, alerts, runs, timelines; calls nobody")
        {
            incidents,
            months,
            seed,
            add,
        };
        command.SetAction(
            (parsed, cancel) =>
                BotConnection.TryAsync(
                    parsed,
                    (server, terminal) =>
                        server is not null
                            ? Task.FromResult(
                                terminal.Problem(
                                    $"A server runs at {server.Address}. Stop it first: history is written with a clock of its own."
                                )
                            )
                            : WriteAsync(
                                terminal,
                                new DemoWish(
                                    parsed.GetValue(incidents),
                                    parsed.GetValue(months),
                                    parsed.GetValue(seed),
                                    TimeProvider.System.GetUtcNow()
                                ),
                                parsed.GetValue(add),
                                cancel
                            ),
                    cancel
                )
        );
        return command;
    }

    private static async Task<int> WriteAsync(Terminal terminal, DemoWish wish, bool add, CancellationToken cancel)
    {
        terminal.Progress($"Writing {wish.Incidents} incidents of {wish.Months} months …");
        if (!await DemoHistory.WriteAsync(wish, add, null, cancel))
            return terminal.Problem(
                "The database has incidents already. Name an empty one by the setting Storage:ConnectionString, or say --add."
            );
        return terminal.Result(
            new
            {
                incidents = wish.Incidents,
                months = wish.Months,
                seed = wish.Seed,
            },
            $"Wrote {wish.Incidents} incidents. incident serve shows them."
        );
    }

    private static Option<int> Number(string name, string description, int preset, int least, int most)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => preset,
        };
        option.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is var number && (number < least || number > most))
                given.AddError($"{name} is {number}. Give a number from {least} to {most}.");
        });
        return option;
    }
}
