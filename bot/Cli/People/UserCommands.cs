using System.CommandLine;
using Bot.Access;
using Bot.Desk;

namespace Bot.Cli.People;

/// <summary><c>incident user invite | list | remove</c></summary>
internal static class UserCommands
{
    private const string Door = "api/v1/users";
    private const string WrongRole = "There is no such role. Use viewer, responder, approver or admin.";

    public static Command Build() =>
        new("user", "People who may sign in")
        {
            Invite(),
            AccessCommands.List(
                "Who may sign in, with role and groups",
                Door,
                UserRow.Read,
                UserRow.Of,
                "INVITED",
                user => (user.Name, user.Role, user.Groups, user.InvitedAt)
            ),
            AccessCommands.End(
                "remove",
                "End somebody's sessions and links; they can't come in again",
                Door,
                "user",
                (desk, name, cancel) => desk.RemoveAsync(name, BotConnection.LocalCaller.Actor, cancel)
            ),
        };

    private static Command Invite()
    {
        var name = new Argument<string>("name") { Description = "Lower case, as anna" };
        var role = AccessCommands.Role("viewer, responder, approver or admin");
        var groups = AccessCommands.Groups();
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
                                AccessCommands.Split(parsed.GetValue(groups)),
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
}
