using Runbooks.Secrets;

namespace Integrations;

/// <summary>What a sentence may carry of an answer that somebody else wrote.</summary>
internal static class ForeignWords
{
    private const int Longest = 300;

    public static string Of(string said, SecretMask mask)
    {
        // Masked before it is cut: half a secret is one that nobody knows again.
        var words = mask.Apply(said).ReplaceLineEndings(" ").Trim();
        return words.Length > Longest ? words[..Longest] + "…" : words;
    }
}
