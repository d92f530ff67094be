using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class NoteCommand(IDesk desk, TimeProvider time) : IChatCommand
{
    public string Word => "note";
    public IReadOnlyList<string> Aliases => [];
    public string Usage => "TEXT [--at TIME]";
    public string Help => "Writes something onto the timeline";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Form? Form { get; } =
        new(
            "Add a note",
            "/incident note",
            "Add",
            [
                new FormField("text", "What happened?", FormFieldKind.LongText) { Positional = true, Required = true },
                new FormField("at", "When? (empty: now)", FormFieldKind.Time) { Hint = TypedWords.TimeHint },
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        DateTimeOffset? at = null;
        if (context.Arguments.Option("at") is { Length: > 0 } typed && (at = TypedWords.Time(typed, time.GetUtcNow())) is null)
            return Replies.Refused(new Rejection.Invalid("at", typed, TypedWords.TimeHint).Sentence);
        return await desk.ApplyAsync(context, new IncidentCommand.AddNote(context.Arguments.Text, at), cancel);
    }
}
