namespace Runbooks.Expressions;

/// <summary>What the status functions answer at the place where a condition stands.</summary>
public enum RunStatus
{
    Success,
    Failure,
    Cancelled,
}

/// <summary>The values that one evaluation sees. Contexts are made when first asked for.</summary>
public sealed class Scope(Func<string, object?> context, RunStatus status = RunStatus.Success)
{
    /// <summary>What one evaluation may make of text, in characters (about 10 MB of memory).</summary>
    public const int MaxText = 5_000_000;

    private readonly Dictionary<string, object?> seen = new(StringComparer.OrdinalIgnoreCase);
    private long made;

    public RunStatus Status { get; } = status;

    public static Scope Of(MapValue contexts, RunStatus status = RunStatus.Success) =>
        new(name => contexts.TryGet(name, out var value) ? value : null, status);

    // The same context must be the same object each time: lists and maps are equal only by identity.
    internal object? Context(string name)
    {
        if (seen.TryGetValue(name, out var value))
            return value;
        return seen[name] = context(name);
    }

    internal string Made(string text)
    {
        Spend(text.Length);
        return text;
    }

    internal void Spend(long characters)
    {
        made += characters;
        if (made > MaxText)
            throw new ExpressionException(ExpressionStage.Evaluation, "The expression makes more text than the memory limit allows.");
    }
}
