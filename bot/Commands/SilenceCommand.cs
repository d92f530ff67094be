using Bot.Access;
using Bot.Alerts;
using Bot.Desk;
using Integrations;

namespace Bot.Commands;

internal sealed class SilenceCommand(SilenceDesk desk, SilenceState state, TimeProvider time) : IChatCommand
{
    public string Word => "silence";
    public IReadOnlyList<string> Aliases => ["silences"];
    public string Usage => "LABEL=VALUE … [--from TIME] FOR|--until TIME REASON | end N | list";
    public string Help => "Holds alerts back for a while, as /incident silence alertname=DiskFull host=~db.* 2h Disks are replaced";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public Form? Form { get; } =
        new(
            "Silence alerts",
            "/incident silence",
            "Silence",
            [
                new FormField("which", "Which alerts?", FormFieldKind.Text)
                {
                    Positional = true,
                    Required = true,
                    Hint = "alertname=DiskFull host=~db.*",
                },
                new FormField("for", "For how long?", FormFieldKind.Text) { Required = true, Default = "2h" },
                new FormField("reason", "Why?", FormFieldKind.Text) { Required = true },
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var (verb, rest) = context.Arguments.Split();
        if (verb is "list")
            return Replies.Said(HoldWords.List(state.Current, now));
        if (verb is "end" or "expire")
            return await HoldWords.EndAsync(desk, context, rest, cancel);
        var matchers = context
            .Arguments.Line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .TakeWhile(word => word.Contains('=', StringComparison.Ordinal) || word.Contains("!~", StringComparison.Ordinal))
            .ToList();
        var typed = string.Join(' ', context.Arguments.Line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(matchers.Count));
        return await HoldWords.BeginAsync(desk, context, HoldKind.Silence, null, matchers, typed, now, cancel);
    }
}
