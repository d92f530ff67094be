using System.CommandLine;
using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Runbooks.Running;

namespace Bot.Cli.People;

/// <summary>What <c>user</c> and <c>token</c> share: options, the list, the end of one.</summary>
internal static class AccessCommands
{
    public static Option<string> Role(string description) =>
        new("--role")
        {
            Description = description,
            Required = true,
            HelpName = "ROLE",
        };

    public static Option<string?> Groups() =>
        new("--groups") { Description = "Groups that runbooks and routes name, separated by commas", HelpName = "a,b" };

    public static IReadOnlyList<string> Split(string? groups) =>
        groups?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <param name="door">Where the server lists them.</param>
    /// <param name="since">The heading of the time.</param>
    public static Command List<TRow>(
        string description,
        string door,
        Func<JsonElement, TRow> read,
        Func<AccessBook, IEnumerable<TRow>> local,
        string since,
        Func<TRow, (string Name, string Role, IReadOnlyList<string> Groups, DateTimeOffset Since)> cells
    )
    {
        var command = new Command("list", description);
        command.SetAction(
            (parsed, cancel) =>
                BotConnection.UseAsync(
                    parsed,
                    async (bot, terminal) =>
                    {
                        List<TRow> rows;
                        if (bot.Server is { } server)
                        {
                            var listed = await server.GetAsync(door, cancel);
                            if (!listed.Ok)
                                return terminal.Problem(listed.Problem);
                            rows = [.. listed.Items.Select(read)];
                        }
                        else
                        {
                            rows = [.. local(bot.Get<AccessState>().Current)];
                        }

                        return terminal.Result(
                            new { items = rows },
                            Terminal.Table(["NAME", "ROLE", "GROUPS", since], rows.Select(row => Line(cells(row))))
                        );
                    },
                    cancel
                )
        );
        return command;
    }

    /// <param name="field">How JSON calls what has ended.</param>
    /// <param name="local">Ends it in this process.</param>
    public static Command End(
        string word,
        string description,
        string door,
        string field,
        Func<AccessDesk, string, CancellationToken, Task<AccessAnswer>> local
    )
    {
        var name = new Argument<string>("name");
        var command = new Command(word, description) { name };
        command.SetAction(
            (parsed, cancel) =>
                BotConnection.UseAsync(
                    parsed,
                    async (bot, terminal) =>
                    {
                        var wanted = parsed.GetRequiredValue(name);
                        string? refused;
                        if (bot.Server is { } server)
                        {
                            var ended = await server.DeleteAsync($"{door}/{Uri.EscapeDataString(wanted)}", cancel);
                            refused = ended.Ok ? null : ended.Problem;
                        }
                        else
                        {
                            var answer = await local(bot.Get<AccessDesk>(), wanted, cancel);
                            refused = answer.Accepted ? null : answer.Text;
                        }

                        return refused is null
                            ? terminal.Result(new Dictionary<string, string> { [field] = wanted }, $"The {field} {wanted} has ended.")
                            : terminal.Problem(refused);
                    },
                    cancel
                )
        );
        return command;
    }

    private static IReadOnlyList<string> Line((string Name, string Role, IReadOnlyList<string> Groups, DateTimeOffset Since) row) =>
        [row.Name, row.Role, string.Join(',', row.Groups), UtcText.Minute(row.Since)];
}
