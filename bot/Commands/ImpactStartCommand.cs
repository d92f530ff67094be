using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class ImpactStartCommand(IDesk desk, TimeProvider time) : IChatCommand
{
    public string Word => "impact-start";
    public IReadOnlyList<string> Aliases => ["impact"];
    public string Usage => "TIME";
    public string Help => "When the harm began: 14:05, -10m or 2026-11-24T14:05:00Z";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Form? Form { get; } =
        new(
            "When did the harm begin?",
            "/incident impact-start",
            "Set",
            [
                new FormField("time", "Time (UTC)", FormFieldKind.Time)
                {
                    Positional = true,
                    Required = true,
                    Hint = TypedWords.TimeHint,
                },
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        TypedWords.Time(context.Arguments.Text, time.GetUtcNow()) is { } at
            ? await desk.ApplyAsync(context, new IncidentCommand.MoveImpactStart(at), cancel)
            : Replies.Refused(new Rejection.Invalid("time", context.Arguments.Text, TypedWords.TimeHint).Sentence);
}
