using System.CommandLine;
using Bot.Access;
using Bot.Desk;
using Bot.Intake;

namespace Bot.Cli.People;

/// <summary><c>incident token create | list | revoke</c></summary>
internal static class TokenCommands
{
    private const string Door = "api/v1/tokens";
    private const string WrongRole = "There is no such role. Use viewer, responder, approver, admin or source:NAME.";

    public static Command Build() =>
        new("token", "API tokens for programs")
        {
            Create(),
            AccessCommands.List(
                "Names and roles of the tokens; never the tokens",
                Door,
                TokenRow.Read,
                TokenRow.Of,
                "CREATED",
                token => (token.Name, token.Role, token.Groups, token.CreatedAt)
            ),
            AccessCommands.End(
                "revoke",
                "End a token at once",
                Door,
                "token",
                (desk, name, cancel) => desk.RevokeAsync(name, BotConnection.LocalCaller.Actor, cancel)
            ),
        };

    private static Command Create()
    {
        var name = new Option<string>("--name")
        {
            Description = "What it is for, as ci",
            Required = true,
            HelpName = "NAME",
        };
        var role = AccessCommands.Role(
            "viewer, responder, approver, admin, or source:NAME (may deliver that source's alerts, nothing else)"
        );
        var groups = AccessCommands.Groups();
        var command = new Command("create", "Print a new API token; it is shown this once") { name, role, groups };
        command.SetAction(
            (parsed, cancel) =>
                AccessDecisions.TryReadRole(parsed.GetRequiredValue(role), out var wanted, out var source)
                    ? BotConnection.UseAsync(
                        parsed,
                        (bot, terminal) =>
                            CreateAsync(
                                bot,
                                terminal,
                                parsed.GetRequiredValue(name),
                                wanted,
                                source,
                                AccessCommands.Split(parsed.GetValue(groups)),
                                cancel
                            ),
                        cancel
                    )
                    : Task.FromResult(parsed.Terminal().Misused(WrongRole))
        );
        return command;
    }

    private static async Task<int> CreateAsync(
        BotConnection bot,
        Terminal terminal,
        string name,
        Role role,
        string? source,
        IReadOnlyList<string> groups,
        CancellationToken cancel
    )
    {
        if (bot.Server is { } server)
        {
            var created = await server.PostAsync(
                Door,
                new
                {
                    name,
                    role = source is null ? role.Word() : "source:" + source,
                    groups,
                },
                cancel
            );
            if (created.Ok && created.Text("note") is { } note)
                terminal.Progress(note);
            return created.Ok ? terminal.Result(created.Json!, created.Text("token") ?? "") : terminal.Problem(created.Problem);
        }

        var (answer, secret) = await bot.Get<AccessDesk>()
            .CreateTokenAsync(name, role, groups, source, BotConnection.LocalCaller.Actor, cancel);
        if (answer.Accepted && bot.Get<AlertSources>().NoteOn(source) is { } missing)
            terminal.Progress(missing);
        return answer.Accepted ? terminal.Result(new { name, token = secret }, secret!) : terminal.Problem(answer.Text);
    }
}
