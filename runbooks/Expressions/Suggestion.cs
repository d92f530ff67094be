namespace Runbooks.Expressions;

/// <summary>"Did you mean" for a misspelt name.</summary>
public static class Suggestion
{
    public static string For(string name, IEnumerable<string> known)
    {
        var best = known
            .Select(word => (word, far: Distance(name.ToLowerInvariant(), word.ToLowerInvariant())))
            .OrderBy(pair => pair.far)
            .ThenBy(pair => pair.word, StringComparer.Ordinal)
            .FirstOrDefault((word: "", far: int.MaxValue));
        return best.far <= Math.Max(1, (name.Length + 1) / 3) ? $" Did you mean '{best.word}'?" : "";
    }

    /// <summary>Levenshtein's, over one row; a name beyond 100 characters is no misspelling of ours: <see cref="int.MaxValue"/>.</summary>
    public static int Distance(string a, string b)
    {
        if (a.Length > 100 || b.Length > 100)
            return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
