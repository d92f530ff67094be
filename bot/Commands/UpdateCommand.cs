using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class UpdateCommand(IDesk desk, TimeProvider time) : IChatCommand
{
    public string Word => "update";
    public IReadOnlyList<string> Aliases => [];
    public string Usage =>
        "TEXT [--impact TEXT] [--next TEXT] [--state investigating|identified|monitoring] [--severity 1|2|3|4] [--next-update 30m]";
    public string Help => "Says to everybody how it stands";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public static Form Questions { get; } =
        new(
            "Post an update",
            "/incident update",
            "Post",
            [
                new FormField("text", "How does it stand?", FormFieldKind.LongText) { Positional = true, Required = true },
                new FormField("impact", "Who is affected, and how?", FormFieldKind.Text),
                new FormField("next", "What is done next?", FormFieldKind.Text),
                new FormField("state", "New state", FormFieldKind.Choice) { Choices = ["investigating", "identified", "monitoring"] },
                new FormField("severity", "New severity", FormFieldKind.Choice) { Choices = ["sev1", "sev2", "sev3", "sev4"] },
                new FormField("next-update", "When is the next update?", FormFieldKind.Text)
                {
                    Hint = "30m, or 14:30 (UTC). People are reminded of it.",
                },
            ]
        );

    public Form? Form => Questions;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var typed = context.Arguments;
        Severity? severity = null;
        if (typed.Option("severity") is { Length: > 0 } word && (severity = IncidentWords.SeverityFrom(word)) is null)
            return Refused("severity", word, "It is one of 1, 2, 3, 4 or unset.");
        IncidentState? state = null;
        if (typed.Option("state") is { Length: > 0 } wanted)
        {
            if (!Enum.TryParse<IncidentState>(wanted, ignoreCase: true, out var known) || !known.IsOpen() || !char.IsLetter(wanted[0]))
                return Refused("state", wanted, "It is one of investigating, identified, monitoring. What is over: /incident resolve");
            state = known;
        }

        DateTimeOffset? next = null;
        if (typed.Option("next-update") is { Length: > 0 } at && (next = TypedWords.Time(at, time.GetUtcNow(), ahead: true)) is null)
            return Refused("next-update", at, "Say 30m, or 14:30 (UTC).");
        return await desk.ApplyAsync(
            context,
            new IncidentCommand.PostUpdate(typed.Text, typed.Option("impact"), typed.Option("next"), next, severity, state),
            cancel
        );
    }

    private static ChatReply Refused(string field, string value, string fix) =>
        Replies.Refused(new Rejection.Invalid(field, value, fix).Sentence);
}
