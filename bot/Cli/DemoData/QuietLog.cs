using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Cli.DemoData;

/// <summary>
/// The log of a history: its facts are kept, what would follow from them outside is not. So nobody is called for what was over
/// long ago, whenever the writing of it is broken off. Only a run that waits at the end still wakes when its time is over.
/// </summary>
internal sealed class QuietLog(ILogStore log, DateTimeOffset end) : ILogStore, IDisposable
{
    public ILogTransaction Begin(long known) => new Transaction(log.Begin(known), Micros.From(end));

    public bool WasCommitted(LogWrites writes) => log.WasCommitted(writes);

    public void Dispose() => (log as IDisposable)?.Dispose();

    private sealed class Transaction(ILogTransaction inner, long end) : ILogTransaction
    {
        public long Head => inner.Head;

        public bool IsSure => inner.IsSure;

        public int LastIncidentNumber => inner.LastIncidentNumber;

        public IncidentRow? FindIncident(int number) => inner.FindIncident(number);

        public IReadOnlyList<LogEvent> ReadStream(StreamId stream) => inner.ReadStream(stream);

        public LogFound Find(LogWants wanted) => inner.Find(wanted);

        public IReadOnlyList<(string Service, int Incident)> OpenServices() => inner.OpenServices();

        public LockBook LiveLocks() => inner.LiveLocks();

        public void Commit(LogWrites writes, Action<StoreUnavailableException?> flushed)
        {
            writes.Effects.RemoveAll(effect => effect.Kind != WakeRun.Kind || effect.Due <= end);
            inner.Commit(writes, flushed);
        }

        public void Dispose() => inner.Dispose();
    }
}
