using System.CommandLine;
using Bot.Web.Api;
using Runbooks.Definition;
using Runbooks.Running;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook run NAME | follow RUN | decide RUN [STEP] DECISION | cancel RUN</c>: runs are the server's.</summary>
internal static class RunCommands
{
    private const string NoServer =
        "There is no running server, and only a server carries runs on. Start one (incident serve), or name one with --server.";

    public static Command Run()
    {
        var runbook = new Argument<string>("runbook") { Description = "The name of a runbook" };
        var inputs = GivenInputs.Option();
        var incident = GivenInputs.Incident();
        var detach = new Option<bool>("--detach") { Description = "Print the id of the run, and leave it alone" };
        var command = new Command(
            "run",
            "Start a run and follow it to its end; 0 if it succeeded, 1 if not. Ctrl-C leaves it, and it goes on"
        )
        {
            runbook,
            inputs,
            incident,
            detach,
        };
        command.SetAction(
            (parsed, cancel) =>
                GivenInputs.Read(parsed.GetValue(inputs)) is ({ } given, _)
                    ? ServedAsync(
                        parsed,
                        (server, terminal) =>
                            StartAsync(
                                server,
                                terminal,
                                new Start(parsed.GetRequiredValue(runbook), given, parsed.GetValue(incident), parsed.GetValue(detach)),
                                cancel
                            ),
                        cancel
                    )
                    : Task.FromResult(parsed.Terminal().Misused(GivenInputs.Read(parsed.GetValue(inputs)).Wrong!))
        );
        return command;
    }

    public static Command Follow()
    {
        var run = new Argument<string>("run") { Description = "The id of a run" };
        var after = new Option<long>("--after") { Description = "Output past this line only", HelpName = "N" };
        var command = new Command("follow", "Follow a run to its end, as run does") { run, after };
        command.SetAction(
            (parsed, cancel) =>
                ServedAsync(
                    parsed,
                    (server, terminal) => FollowAsync(server, terminal, parsed.GetRequiredValue(run), parsed.GetValue(after), cancel),
                    cancel
                )
        );
        return command;
    }

    public static Command Decide()
    {
        var run = new Argument<string>("run") { Description = "The id of a run" };
        var what = new Argument<string[]>("[step] decision")
        {
            Description =
                "The step that it is about, if it is not the run as a whole; then one of "
                + string.Join(", ", Enum.GetValues<RunDecision>().Select(Words.Of)),
            Arity = new ArgumentArity(1, 2),
        };
        what.Validators.Add(typed =>
        {
            if (typed.Tokens is [.., var last] && RunsApi.Decision(last.Value) is null)
                typed.AddError($"'{last.Value}' is no decision: {string.Join(", ", Enum.GetValues<RunDecision>().Select(Words.Of))}.");
        });
        var reason = Reason();
        var hash = new Option<string?>("--hash")
        {
            Description = "What you have seen, from waitingFor of the run: refused if something else is asked by now",
        };
        var answers = new Option<string[]>("--answer")
        {
            Description = "An answer to a question of the step; of change-inputs: an input",
            HelpName = "NAME=VALUE",
        };
        var alone = new Option<bool>("--break-glass")
        {
            Description = "Approve alone, against the rule of who and how many; with a reason",
        };
        var command = new Command("decide", "Decide what a run waits for, as the buttons do") { run, what, reason, hash, answers, alone };
        command.SetAction(
            (parsed, cancel) =>
            {
                var (given, wrong) = GivenInputs.Read(parsed.GetValue(answers));
                return given is null
                    ? Task.FromResult(parsed.Terminal().Misused(wrong!))
                    : ServedAsync(
                        parsed,
                        (server, terminal) =>
                            DecideAsync(
                                server,
                                terminal,
                                parsed.GetRequiredValue(run),
                                new
                                {
                                    step = parsed.GetRequiredValue(what) is [var step, _] ? step : "",
                                    decision = parsed.GetRequiredValue(what)[^1],
                                    hash = parsed.GetValue(hash),
                                    reason = parsed.GetValue(reason),
                                    answers = given.Count > 0 ? given : null,
                                    breakGlass = parsed.GetValue(alone),
                                },
                                cancel
                            ),
                        cancel
                    );
            }
        );
        return command;
    }

    public static Command Cancel()
    {
        var run = new Argument<string>("run") { Description = "The id of a run" };
        var reason = Reason();
        var command = new Command("cancel", "Stop a run: what goes on is ended, what waits is closed, finally still runs") { run, reason };
        command.SetAction(
            (parsed, cancel) =>
                ServedAsync(
                    parsed,
                    (server, terminal) =>
                        DecideAsync(
                            server,
                            terminal,
                            parsed.GetRequiredValue(run),
                            new
                            {
                                decision = Words.Of(RunDecision.Stop),
                                reason = parsed.GetValue(reason) ?? "cancelled on the command line",
                            },
                            cancel
                        ),
                    cancel
                )
        );
        return command;
    }

    private static Option<string?> Reason() => new("--reason") { Description = "Why; it goes on the timeline", HelpName = "TEXT" };

    private static Task<int> ServedAsync(ParseResult parsed, Func<ServerClient, Terminal, Task<int>> command, CancellationToken cancel) =>
        BotConnection.TryAsync(
            parsed,
            (server, terminal) => server is null ? Task.FromResult(terminal.Problem(NoServer)) : command(server, terminal),
            cancel
        );

    private static async Task<int> StartAsync(ServerClient server, Terminal terminal, Start start, CancellationToken cancel)
    {
        var started = await server.PostAsync(
            "api/v1/runs",
            new
            {
                start.Runbook,
                start.Inputs,
                start.Incident,
            },
            cancel
        );
        if (!started.Ok)
            return terminal.Problem(started.Problem);
        var run = started.Text("id")!;
        if (start.Detach)
            return terminal.Result(started.Json!, run);
        terminal.Progress($"{run} of {start.Runbook}: {server.Address}runs/{run}");
        return await FollowAsync(server, terminal, run, 0, cancel);
    }

    private static Task<int> FollowAsync(ServerClient server, Terminal terminal, string run, long after, CancellationToken cancel)
    {
        // Only a terminal has somebody in front of it who can decide.
        var keyboard = Console.IsInputRedirected || terminal.Json ? null : Console.In;
        return new FollowedRun(server, terminal, run, TimeProvider.System, keyboard, after).FollowAsync(cancel);
    }

    private static async Task<int> DecideAsync(ServerClient server, Terminal terminal, string run, object body, CancellationToken cancel)
    {
        var answer = await server.PostAsync($"api/v1/runs/{Uri.EscapeDataString(run)}/decisions", body, cancel);
        return answer.Ok ? terminal.Result(answer.Json!, answer.Text("reply") ?? "") : terminal.Problem(answer.Problem);
    }

    private sealed record Start(string Runbook, Dictionary<string, object?> Inputs, string? Incident, bool Detach);
}
