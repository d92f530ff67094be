using System.Text.Json;

namespace Runbooks.Expressions;

/// <summary>What the status functions answer at the place where a condition stands.</summary>
public enum RunStatus
{
    Success,
    Failure,
    Cancelled,
}

/// <summary>
/// The values that one evaluation sees, and what it may cost. Contexts are made when first asked for. Memory and work are counted, not
/// measured: the same expression over the same values ends in the same way on every machine.
/// </summary>
/// <param name="maxBytes">What may be made of texts and lists, all in all; GitHub's runner allows 10 MiB, too.</param>
public sealed class Scope(Func<string, object?> context, RunStatus status = RunStatus.Success, int maxBytes = Scope.MaxBytes)
{
    public const int MaxBytes = 10 * 1024 * 1024;

    /// <summary>What GitHub's evaluator allows when it is called alone.</summary>
    public const int MaxBytesAlone = 1024 * 1024;

    /// <summary>Items looked at, and sixteenths of characters.</summary>
    public const long MaxWork = 20_000_000;

    private readonly Dictionary<string, object?> seen = new(StringComparer.OrdinalIgnoreCase);

    public RunStatus Status { get; } = status;

    /// <summary>Bytes taken so far.</summary>
    internal long Taken { get; private set; }

    /// <summary>Work done so far.</summary>
    internal long Worked { get; private set; }

    public static Scope Of(MapValue contexts, RunStatus status = RunStatus.Success, int maxBytes = MaxBytes) =>
        new(name => contexts.TryGet(name, out var value) ? value : null, status, maxBytes);

    /// <summary>Contexts from a JSON object, as GitHub reads it: of names that differ only in case the first. Counts against nobody's limit.</summary>
    /// <exception cref="ArgumentException">It is no object.</exception>
    public static MapValue Contexts(JsonElement json) =>
        JsonFunctions.From(Of(MapValue.Empty, maxBytes: int.MaxValue), json) as MapValue
        ?? throw new ArgumentException("Contexts are a JSON object.", nameof(json));

    // The same context must be the same object each time: lists and maps are equal only by identity.
    internal object? Context(string name)
    {
        Work(1);
        if (seen.TryGetValue(name, out var value))
            return value;
        return seen[name] = context(name);
    }

    internal string Made(string text)
    {
        TakeText(text.Length);
        return text;
    }

    /// <summary>Before that many characters are made.</summary>
    internal void TakeText(long characters)
    {
        Work(characters / 16);
        Take(characters * sizeof(char));
    }

    /// <summary>Before that many items are put into a list.</summary>
    internal void TakeItems(long items)
    {
        Work(items);
        Take(items * IntPtr.Size);
    }

    internal void Work(long units)
    {
        Worked += units;
        if (Worked > MaxWork)
        {
            throw new ExpressionException(
                ExpressionStage.Evaluation,
                $"The expression does more work than is allowed ({MaxWork:N0} items looked at). Narrow the values first."
            );
        }
    }

    private void Take(long bytes)
    {
        Taken += bytes;
        if (Taken > maxBytes)
        {
            throw new ExpressionException(
                ExpressionStage.Evaluation,
                $"The maximum allowed memory size was exceeded: the expression makes more than {maxBytes / 1024:N0} KiB of texts and lists."
            );
        }
    }
}
