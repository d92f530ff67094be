namespace Bot.Runs;

/// <summary>The numbered lines of runs: one path for history and live.</summary>
internal interface IRunOutput
{
    /// <summary>Lines past <paramref name="after"/>, by number.</summary>
    Task<IReadOnlyList<OutputLine>> ReadAsync(string run, long after, int limit, CancellationToken cancel);

    /// <summary>The last lines, in their order.</summary>
    Task<IReadOnlyList<OutputLine>> LastAsync(string run, int count, CancellationToken cancel);

    /// <summary>
    /// Lines past <paramref name="after"/> and then those that come, wherever the run is driven. An empty batch says that there is
    /// nothing new for the moment: at least every half second. Never ends by itself.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<OutputLine>> FollowAsync(string run, long after, CancellationToken cancel);
}

/// <param name="N">From 1, in the order of the run.</param>
/// <param name="Stream"><c>out</c>, <c>err</c> or <c>info</c>.</param>
internal sealed record OutputLine(long N, string Step, DateTimeOffset At, string Stream, string Text);
