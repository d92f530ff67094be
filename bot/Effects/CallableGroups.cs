using Bot.Incidents;
using Bot.Paging;
using Integrations;
using Runbooks.Expressions;

namespace Bot.Effects;

internal static class CallableGroups
{
    /// <param name="groups">Those that the bot knows.</param>
    /// <returns>Why nobody would be called: it is a group, and neither the bot nor a platform knows anybody in it.</returns>
    public static Rejection? NobodyIn(this PageTarget target, IEnumerable<string> groups, IEnumerable<IPager> pagers) =>
        target.Kind is not "group" || groups.Contains(target.Name, StringComparer.OrdinalIgnoreCase) || target.IsKnownTo(pagers)
            ? null
            : new Rejection.Invalid(
                "target",
                target.ToString(),
                $"Nobody is in the group {target.Name}.{Suggestion.For(target.Name, groups)}"
            );
}
