using System.Text.Json;
using Bot.Access;
using Bot.Runs;
using Integrations;

namespace Bot.Commands;

internal sealed class RunCommand(Lazy<IRunDesk> runs) : IChatCommand
{
    public string Word => "run";
    public string Usage => "RUNBOOK [KEY=VALUE …]";
    public string Help => "Starts a runbook";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (name, others) = context.Arguments.Split();
        if (name.Length == 0)
            return Replies.Refused("Name a runbook: /incident run restart-web host=web-1");
        var inputs = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var pair in others.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                return Replies.Refused($"'{pair}' is no input. Write KEY=VALUE.");
            inputs[pair[..equals]] = Value(pair[(equals + 1)..]);
        }

        var start = await runs.Value.StartAsync(
            name,
            JsonSerializer.SerializeToElement(inputs),
            context.Incident,
            null,
            context.Caller,
            context.Key,
            cancel
        );
        return start switch
        {
            RunStart.Started started => Replies.Said($"Runbook {name} started: {started.Run}"),
            RunStart.NoSuchRunbook none => Replies.Refused(none.Sentence),
            RunStart.NotAllowed not => Replies.Refused(not.Sentence),
            RunStart.Invalid invalid => Replies.Refused(string.Join('\n', invalid.Problems)),
            _ => throw new InvalidOperationException($"No answer for {start.GetType().Name}."),
        };
    }

    // Numbers and booleans keep their type; what is meant as text otherwise is quoted: shard="007".
    private static object? Value(string typed)
    {
        if (typed is "true" or "false" || (typed.Length > 0 && (char.IsAsciiDigit(typed[0]) || typed[0] is '-' or '"' or '[' or '{')))
        {
            try
            {
                return JsonSerializer.Deserialize<JsonElement>(typed);
            }
            catch (JsonException)
            {
                return typed;
            }
        }

        return typed;
    }
}
