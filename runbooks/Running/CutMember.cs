namespace Runbooks.Running;

/// <summary>What of a step's result was too much to be kept, or to be read at all; where it was stands a text that tells people so.</summary>
/// <param name="Place">JSON Pointer (RFC 6901); empty for all of it.</param>
/// <param name="Size">In bytes of JSON; 0 where nobody knows.</param>
/// <param name="Most">What of this result could be kept, in bytes.</param>
/// <param name="IsText">Its beginning is kept, for people.</param>
/// <param name="Because">Why, and what to do, in words that go on from its name; null: it was too large to be kept.</param>
public sealed record CutMember(string Place, long Size, long Most, bool IsText = false, string? Because = null)
{
    /// <summary>A member of the result that is there and was not read.</summary>
    public static CutMember Unread(string name, string because) => new("/" + Escaped(name), 0, 0, Because: because);

    /// <summary>As people are told in the step's output.</summary>
    internal string Told =>
        (Place.Length == 0 ? "the result " : $"'{Place[1..]}' of the result ")
        + (
            Because
            ?? $"takes {StepOutput.About(Size)} and is not kept"
                + (IsText ? ", only its beginning is shown" : "")
                + $": {Room}. An expression that reads it later fails; 'outputs' of this step see all of it."
        );

    /// <summary>As whoever reads it is told, after its name.</summary>
    internal string Why =>
        Because
        ?? $"{Lost}, its largest members are left out first. "
            + "Ask for less (a narrower query, fewer columns, a 'limit'), or take what is needed of it by 'outputs' of the step "
            + "that brings it: they see the whole result.";

    /// <summary>Why it is not there, after its name: no sentence of its own.</summary>
    internal string Lost => Because?.TrimEnd('.') ?? $"takes {StepOutput.About(Size)} and was not kept: {Room}";

    internal string Room =>
        Most >= RunRoom.MostOfOne
            ? $"of a result {StepOutput.About(Most)} are kept"
            : $"of this result {StepOutput.About(Most)} are kept, its share of what is left of the {StepOutput.About(RunRoom.Most)} "
                + "that the results of one run may take";

    /// <summary>A name as part of a JSON Pointer.</summary>
    internal static string Escaped(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
