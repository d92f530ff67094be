namespace Bot.Cli.DemoData;

/// <summary>
/// Plays stories that overlap in one order of time. A story is a sequence of pauses: between two of them it acts, at the
/// moment that the clock then shows.
/// </summary>
internal sealed class DemoStage(DemoClock clock, DateTimeOffset end)
{
    private readonly PriorityQueue<IAsyncEnumerator<TimeSpan>, (DateTimeOffset At, int Number)> waiting = new();
    private int number;

    /// <param name="at">When it begins.</param>
    public void Add(DateTimeOffset at, IAsyncEnumerable<TimeSpan> story) => Wait(story.GetAsyncEnumerator(), at);

    /// <summary>Until the end; what would come later has not happened yet.</summary>
    public async Task PlayAsync(CancellationToken cancel)
    {
        while (waiting.TryDequeue(out var story, out var due))
        {
            if (due.At <= end && !cancel.IsCancellationRequested)
            {
                clock.MoveTo(due.At);
                if (await story.MoveNextAsync())
                {
                    Wait(story, due.At + story.Current);
                    continue;
                }
            }

            await story.DisposeAsync();
        }

        cancel.ThrowIfCancellationRequested();
    }

    // Of two at the same moment, the one that came first goes first.
    private void Wait(IAsyncEnumerator<TimeSpan> story, DateTimeOffset at) => waiting.Enqueue(story, (at, number++));
}
