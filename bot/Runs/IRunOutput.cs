namespace Bot.Runs;

/// <summary>The numbered lines of runs: one path for history and live.</summary>
internal interface IRunOutput
{
    /// <summary>Lines past <paramref name="after"/>, by number.</summary>
    Task<IReadOnlyList<OutputLine>> ReadAsync(string run, long after, int limit, CancellationToken cancel);

    /// <summary>Ends when there may be lines past <paramref name="after"/> (a hint), or after a short while.</summary>
    Task WaitPastAsync(string run, long after, CancellationToken cancel);
}

/// <param name="N">From 1, in the order of the run.</param>
/// <param name="Stream"><c>out</c>, <c>err</c> or <c>info</c>.</param>
internal sealed record OutputLine(long N, string Step, DateTimeOffset At, string Stream, string Text);
