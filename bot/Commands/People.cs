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
    /// <param name="needs">What somebody else must be allowed to do; who types has shown it.</param>
    public bool TryFind(
        string typed,
        Caller caller,
        string field,
        [NotNullWhen(true)] out string? name,
        [NotNullWhen(false)] out ChatReply? refusal,
        Role needs = Role.Viewer
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
        if (name is not null && name != caller.Actor.Name && !book.Having(needs).Contains(name, StringComparer.Ordinal))
        {
            refusal = Replies.Refused(
                new Rejection.Invalid(
                    field,
                    name,
                    $"For that one has to be a {needs.Word()}. An admin can: incident user invite {name} --role {needs.Word()}"
                ).Sentence
            );
            name = null;
        }

        return name is not null;
    }

    /// <summary>Groups that somebody is in.</summary>
    public IReadOnlySet<string> Groups => access.Current.Groups.ToHashSet(StringComparer.Ordinal);
}
