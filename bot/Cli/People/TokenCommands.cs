using System.CommandLine;
using System.Globalization;
using Bot.Access;
using Bot.Desk;

namespace Bot.Cli.People;

/// <summary><c>incident token create | list | revoke</c></summary>
internal static class TokenCommands
{
    private const string Door = "api/v1/tokens";
    private const string WrongRole = "There is no such role. Use viewer, responder, approver, admin or source:NAME.";

    public static Command Build() => new("token", "API tokens for programs") { Create(), List(), Revoke() };

    private static Command Create()
    {
        var name = new Option<string>("--name")
        {
            Description = "What it is for, as ci",
            Required = true,
            HelpName = "NAME",
        };
        var role = PeopleOptions.Role(
            "viewer, responder, approver, admin, or source:NAME (may deliver that source's alerts, nothing else)"
        );
        var groups = PeopleOptions.Groups();
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
                                PeopleOptions.Split(parsed.GetValue(groups)),
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
            return created.Ok ? terminal.Result(created.Json!, created.Text("token") ?? "") : terminal.Problem(created.Problem);
        }

        var (answer, secret) = await bot.Get<AccessDesk>()
            .CreateTokenAsync(name, role, groups, source, BotConnection.LocalCaller.Actor, cancel);
        return answer.Accepted ? terminal.Result(new { name, token = secret }, secret!) : terminal.Problem(answer.Text);
    }

    private static Command List()
    {
        var command = new Command("list", "Names and roles of the tokens; never the tokens");
        command.SetAction((parsed, cancel) => BotConnection.UseAsync(parsed, (bot, terminal) => ListAsync(bot, terminal, cancel), cancel));
        return command;
    }

    private static async Task<int> ListAsync(BotConnection bot, Terminal terminal, CancellationToken cancel)
    {
        List<TokenRow> rows;
        if (bot.Server is { } server)
        {
            var listed = await server.GetAsync(Door, cancel);
            if (!listed.Ok)
                return terminal.Problem(listed.Problem);
            rows = [.. listed.Items.Select(TokenRow.Read)];
        }
        else
        {
            rows = [.. TokenRow.Of(bot.Get<AccessState>().Current)];
        }

        return terminal.Result(
            new { items = rows },
            Terminal.Table(
                ["NAME", "ROLE", "GROUPS", "CREATED"],
                rows.Select(token =>
                    (IReadOnlyList<string>)
                        [
                            token.Name,
                            token.Role,
                            string.Join(',', token.Groups),
                            token.CreatedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                        ]
                )
            )
        );
    }

    private static Command Revoke()
    {
        var name = new Argument<string>("name");
        var command = new Command("revoke", "End a token at once") { name };
        command.SetAction(
            (parsed, cancel) =>
                BotConnection.UseAsync(parsed, (bot, terminal) => RevokeAsync(bot, terminal, parsed.GetRequiredValue(name), cancel), cancel)
        );
        return command;
    }

    private static async Task<int> RevokeAsync(BotConnection bot, Terminal terminal, string name, CancellationToken cancel)
    {
        if (bot.Server is { } server)
        {
            var revoked = await server.DeleteAsync($"{Door}/{Uri.EscapeDataString(name)}", cancel);
            return revoked.Ok ? terminal.Result(new { name }, $"Revoked the token {name}.") : terminal.Problem(revoked.Problem);
        }

        var answer = await bot.Get<AccessDesk>().RevokeAsync(name, BotConnection.LocalCaller.Actor, cancel);
        return answer.Accepted ? terminal.Result(new { name }, answer.Text) : terminal.Problem(answer.Text);
    }
}
