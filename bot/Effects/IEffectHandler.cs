using Bot.Storage;

namespace Bot.Effects;

/// <summary>
/// Carries out one kind of effect. Discovered; called at least once per effect, in order per key, from many threads for
/// different keys. A repeat of the same <see cref="EffectRow.Id"/> must do no harm.
/// </summary>
internal interface IEffectHandler
{
    /// <summary>As <see cref="Log.Effect.Kind"/>; unique among the parts.</summary>
    string Kind { get; }

    /// <summary>Of a kind that takes long: how long it may take. Null: <see cref="EffectOptions.HandlerTimeout"/>.</summary>
    TimeSpan? Limit => null;

    /// <param name="cancel">Ends before the claim does (<see cref="Limit"/>) or when the bot stops.</param>
    /// <remarks>An exception counts as <see cref="EffectResult.Retry"/> with its message.</remarks>
    Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel);
}

/// <summary>What came of an effect.</summary>
internal abstract record EffectResult
{
    private EffectResult() { }

    /// <param name="Outcome">In words, kept with the effect.</param>
    public sealed record Done(string Outcome) : EffectResult;

    /// <param name="After">Null: by the usual backoff with jitter.</param>
    public sealed record Retry(TimeSpan? After, string Reason) : EffectResult;

    /// <summary>Given up: its key goes on without it, and it stays visible.</summary>
    public sealed record Dead(string Reason) : EffectResult;
}
