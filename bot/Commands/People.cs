using System.Diagnostics.CodeAnalysis;
using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;
using Runbooks.Expressions;

namespace Bot.Commands;

/// <summary>The people behind typed names: a slip of the finger must not give the lead, or a call, to nobody.</summary>
internal sealed class People(AccessState access)
{
    /// <param name="typed"><c>@anna</c>, <c>Anna</c>, or <c>me</c> (as nothing) for who types.</param>
    /// <param name="field">Named in the refusal.</param>
    public bool TryFind(
        string typed,
        Caller caller,
        string field,
        [NotNullWhen(true)] out string? name,
        [NotNullWhen(false)] out ChatReply? refusal
    )
    {
        var word = typed.Trim().TrimStart('@');
        var book = access.Current;
        name =
            word.Length == 0 || word.Equals("me", StringComparison.OrdinalIgnoreCase) || word == caller.Actor.Name ? caller.Actor.Name
            : book.Knows(word) ? word
            : book.Knows(word.ToLowerInvariant()) ? word.ToLowerInvariant()
            : null;
        refusal = name is null
            ? Replies.Refused(
                new Rejection.Invalid(
                    field,
                    word,
                    $"There is no such user.{Suggestion.For(word, book.Names)} The page /people has them all."
                ).Sentence
            )
            : null;
        return name is not null;
    }

    /// <summary>Groups that somebody is in.</summary>
    public IReadOnlySet<string> Groups => access.Current.Groups.ToHashSet(StringComparer.Ordinal);
}
