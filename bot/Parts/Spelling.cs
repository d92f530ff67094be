using Runbooks.Expressions;

namespace Bot.Parts;

/// <summary>What was probably meant by a word that nobody knows.</summary>
internal static class Spelling
{
    /// <returns>Null when none of the known words is near.</returns>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var (nearest, distance) = known
            .Select(candidate => (candidate, Distance: Suggestion.Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .DefaultIfEmpty((candidate: "", Distance: int.MaxValue))
            .MinBy(candidate => candidate.Distance);
        return distance <= Math.Max(1, word.Length / 3) || (word.Length > 2 && nearest.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            ? nearest
            : null;
    }
}
