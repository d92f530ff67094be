using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

internal sealed class DeclareCommand(IDesk desk, IncidentTable incidents, TimeProvider time) : IChatCommand
{
    public string Word => "declare";
    public IReadOnlyList<string> Aliases => ["new", "open"];
    public string Usage =>
        "TITLE [--severity 1|2|3|4] [--service NAME] [--kind real|drill|retrospective] [--private] [--impact-start TIME]";
    public string Help => "Declares an incident";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public Form? Form { get; } =
        new(
            "Declare an incident",
            "/incident declare",
            "Declare",
            [
                new FormField("title", "What is wrong?", FormFieldKind.Text) { Positional = true, Required = true },
                new FormField("severity", "Severity", FormFieldKind.Choice)
                {
                    Default = "unset",
                    Choices = ["unset", "sev1", "sev2", "sev3", "sev4"],
                },
                new FormField("service", "Service", FormFieldKind.Text),
                new FormField("kind", "Kind", FormFieldKind.Choice) { Default = "real", Choices = ["real", "drill", "retrospective"] },
                new FormField("private", "Private", FormFieldKind.Flag),
                new FormField("impact-start", "Since when? (empty: now)", FormFieldKind.Time) { Hint = TypedWords.TimeHint },
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var typed = context.Arguments;
        var severity = Severity.Unset;
        if (typed.Option("severity") is { Length: > 0 } word)
        {
            if (IncidentWords.SeverityFrom(word) is not { } known)
                return Replies.Refused(new Rejection.Invalid("severity", word, "It is one of 1, 2, 3, 4 or unset.").Sentence);
            severity = known;
        }

        var kind = IncidentKind.Real;
        if (
            typed.Option("kind") is { Length: > 0 } kindWord
            && (!Enum.TryParse(kindWord, ignoreCase: true, out kind) || !Enum.IsDefined(kind))
        )
            return Replies.Refused(new Rejection.Invalid("kind", kindWord, "It is one of real, drill, retrospective.").Sentence);
        DateTimeOffset? started = null;
        if (typed.Option("impact-start") is { Length: > 0 } at && (started = TypedWords.Time(at, time.GetUtcNow())) is null)
            return Replies.Refused(new Rejection.Invalid("impact-start", at, TypedWords.TimeHint).Sentence);

        var declaration = new Declaration(typed.Text, severity, kind, typed.Option("service"), typed.Flag("private"), started);
        var (number, decision) = await desk.SubmitAsync(new DeclareWork(declaration, context.Caller.Actor) { Key = context.Key }, cancel);
        if (decision is not Decision.Accepted accepted)
            return Replies.Of(decision);
        var card = await incidents.FindAsync(number, cancel) is { } incident ? IncidentCard.Of(incident, time.GetUtcNow()) : null;
        return new ChatReply(true, $"{accepted.Reply} Its channel is {StreamId.Incident(number)}.", card);
    }
}
