using System.Diagnostics.CodeAnalysis;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

/// <summary>What is typed of a new incident, whichever command makes it.</summary>
internal static class DeclareWords
{
    public const string Usage =
        "TITLE [--severity 1|2|3|4] [--service NAME] [--kind real|drill|retrospective] [--private] [--impact-start TIME]";

    public static Form Form(string title, string command, string submit) =>
        new(
            title,
            command,
            submit,
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

    public static bool TryRead(
        Arguments typed,
        DateTimeOffset now,
        [NotNullWhen(true)] out Declaration? declaration,
        [NotNullWhen(false)] out ChatReply? refusal
    )
    {
        declaration = null;
        refusal = null;
        var severity = Severity.Unset;
        if (typed.Option("severity") is { Length: > 0 } word)
        {
            if (IncidentWords.SeverityFrom(word) is not { } known)
            {
                refusal = Refused("severity", word, "It is one of 1, 2, 3, 4 or unset.");
                return false;
            }

            severity = known;
        }

        var kind = IncidentKind.Real;
        if (
            typed.Option("kind") is { Length: > 0 } kindWord
            && (!Enum.TryParse(kindWord, ignoreCase: true, out kind) || !Enum.IsDefined(kind))
        )
        {
            refusal = Refused("kind", kindWord, "It is one of real, drill, retrospective.");
            return false;
        }

        DateTimeOffset? started = null;
        if (typed.Option("impact-start") is { Length: > 0 } at && (started = TypedWords.Time(at, now)) is null)
        {
            refusal = Refused("impact-start", at, TypedWords.TimeHint);
            return false;
        }

        declaration = new Declaration(typed.Line, severity, kind, typed.Option("service"), typed.Flag("private"), started);
        return true;
    }

    private static ChatReply Refused(string field, string value, string fix) =>
        Replies.Refused(new Rejection.Invalid(field, value, fix).Sentence);
}
