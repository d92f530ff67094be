namespace Runbooks.Running;

/// <summary>What was too large to be kept of a step's result; where it was stands a text that tells people so.</summary>
/// <param name="Place">JSON Pointer (RFC 6901); empty for all of it.</param>
/// <param name="Size">In bytes of JSON.</param>
/// <param name="Most">What of a result is kept, in bytes.</param>
/// <param name="IsText">Its beginning is kept, for people.</param>
public sealed record CutMember(string Place, long Size, long Most, bool IsText = false)
{
    /// <summary>As people are told in the step's output.</summary>
    internal string Told =>
        $"{(Place.Length == 0 ? "the result" : $"'{Place[1..]}' of the result")} takes {StepOutput.About(Size)} and is not kept"
        + (IsText ? ", only its beginning is shown" : "")
        + $": of a result {StepOutput.About(Most)} are kept. An expression that reads it later fails; 'outputs' of this step see all of it.";

    /// <summary>A name as part of a JSON Pointer.</summary>
    internal static string Escaped(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
