using System.CommandLine;
using System.Globalization;
using Bot.Access;
using Bot.Desk;

namespace Bot.Cli.People;

/// <summary><c>incident user invite | list | remove</c></summary>
internal static class UserCommands
{
    private const string Door = "api/v1/users";
    private const string WrongRole = "There is no such role. Use viewer, responder, approver or admin.";

    public static Command Build() => new("user", "People who may sign in") { Invite(), List(), Remove() };

    private static Command Invite()
    {
        var name = new Argument<string>("name") { Description = "Lower case, as anna" };
        var role = PeopleOptions.Role("viewer, responder, approver or admin");
        var groups = PeopleOptions.Groups();
        var command = new Command("invite", "Print a one-time sign-in link for somebody (again: a new link, the old one ends)")
        {
            name,
            role,
            groups,
        };
        command.SetAction(
            (parsed, cancel) =>
                AccessDecisions.TryReadRole(parsed.GetRequiredValue(role), out var wanted, out var source) && source is null
                    ? BotConnection.UseAsync(
                        parsed,
                        (bot, terminal) =>
                            InviteAsync(
                                bot,
                                terminal,
                                parsed.GetRequiredValue(name),
                                wanted,
                                PeopleOptions.Split(parsed.GetValue(groups)),
                                cancel
                            ),
                        cancel
                    )
                    : Task.FromResult(parsed.Terminal().Misused(WrongRole))
        );
        return command;
    }

    private static async Task<int> InviteAsync(
        BotConnection bot,
        Terminal terminal,
        string name,
        Role role,
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
                    role = role.Word(),
                    groups,
                },
                cancel
            );
            return created.Ok ? terminal.Result(created.Json!, created.Text("link") ?? "") : terminal.Problem(created.Problem);
        }

        var (answer, secret) = await bot.Get<AccessDesk>().InviteAsync(name, role, groups, BotConnection.LocalCaller.Actor, cancel);
        if (!answer.Accepted)
            return terminal.Problem(answer.Text);
        var link = AccessDesk.LinkOf(bot.PublicUrl, secret!);
        return terminal.Result(new { user = name, link }, link);
    }

    private static Command List()
    {
        var command = new Command("list", "Who may sign in, with role and groups");
        command.SetAction((parsed, cancel) => BotConnection.UseAsync(parsed, (bot, terminal) => ListAsync(bot, terminal, cancel), cancel));
        return command;
    }

    private static async Task<int> ListAsync(BotConnection bot, Terminal terminal, CancellationToken cancel)
    {
        List<UserRow> rows;
        if (bot.Server is { } server)
        {
            var listed = await server.GetAsync(Door, cancel);
            if (!listed.Ok)
                return terminal.Problem(listed.Problem);
            rows = [.. listed.Items.Select(UserRow.Read)];
        }
        else
        {
            rows = [.. UserRow.Of(bot.Get<AccessState>().Current)];
        }

        return terminal.Result(
            new { items = rows },
            Terminal.Table(
                ["NAME", "ROLE", "GROUPS", "INVITED"],
                rows.Select(user =>
                    (IReadOnlyList<string>)
                        [
                            user.Name,
                            user.Role,
                            string.Join(',', user.Groups),
                            user.InvitedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                        ]
                )
            )
        );
    }

    private static Command Remove()
    {
        var name = new Argument<string>("name");
        var command = new Command("remove", "End somebody's sessions and links; they can't come in again") { name };
        command.SetAction(
            (parsed, cancel) =>
                BotConnection.UseAsync(parsed, (bot, terminal) => RemoveAsync(bot, terminal, parsed.GetRequiredValue(name), cancel), cancel)
        );
        return command;
    }

    private static async Task<int> RemoveAsync(BotConnection bot, Terminal terminal, string name, CancellationToken cancel)
    {
        if (bot.Server is { } server)
        {
            var removed = await server.DeleteAsync($"{Door}/{Uri.EscapeDataString(name)}", cancel);
            return removed.Ok ? terminal.Result(new { user = name }, $"Removed {name}.") : terminal.Problem(removed.Problem);
        }

        var answer = await bot.Get<AccessDesk>().RemoveAsync(name, BotConnection.LocalCaller.Actor, cancel);
        return answer.Accepted ? terminal.Result(new { user = name }, answer.Text) : terminal.Problem(answer.Text);
    }
}
