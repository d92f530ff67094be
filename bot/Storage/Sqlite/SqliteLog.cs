using Bot.Log;
using Microsoft.Data.Sqlite;
using Runbooks.Running;

namespace Bot.Storage.Sqlite;

/// <summary>The log on SQLite. The writer's turn is the log's lock.</summary>
internal sealed class SqliteLog(SqliteStore store) : ILogStore, IDisposable
{
    private readonly SqliteStore store = store;
    private readonly SqliteLogStatements statements = new(store.Writer.Handle!);

    // There is no round trip to save: what is known is looked up all the same.
    public ILogTransaction Begin(long known)
    {
        store.Turn.Wait();
        try
        {
            store.Flush.MustBeWhole();
            return new Transaction(this);
        }
        catch
        {
            store.Turn.Release();
            throw;
        }
    }

    // SQLite answers a commit in the same process: there is no answer to lose.
    public bool WasCommitted(LogWrites writes) => false;

    public void Dispose() => statements.Dispose();

    private sealed class Transaction : ILogTransaction
    {
        private readonly SqliteLog log;
        private readonly SqliteTransaction transaction;

        public Transaction(SqliteLog log)
        {
            this.log = log;
            transaction = Begin(log.store.Writer);
            try
            {
                Head = log.statements.Head();
            }
            catch
            {
                transaction.Dispose();
                throw;
            }
        }

        public long Head { get; }

        public bool IsSure => true;

        public int LastIncidentNumber => log.statements.LastIncidentNumber();

        public IncidentRow? FindIncident(int number) => log.statements.FindIncident(number);

        public IReadOnlyList<LogEvent> ReadStream(StreamId stream) => log.statements.ReadStream(stream);

        public LogFound Find(LogWants wanted)
        {
            var found = new LogFound();
            foreach (var key in wanted.Alerts)
            {
                if (log.statements.FindAlert(key) is { } state)
                    found.Alerts[key] = state;
            }

            foreach (var key in wanted.Groups)
            {
                if (log.statements.FindGroup(key.Source, key.GroupKey) is { } incident)
                    found.Groups[key] = incident;
            }

            foreach (var key in wanted.Answers)
            {
                if (log.statements.FindAnswer(key.Caller, key.Id) is { } row)
                    found.Answers[key] = row;
            }

            return found;
        }

        public IReadOnlyList<(string Service, int Incident)> OpenServices() => log.statements.OpenServices();

        public LockBook LiveLocks() => log.statements.LiveLocks();

        public void Commit(LogWrites writes, Action<StoreUnavailableException?> flushed)
        {
            log.statements.Write(writes);
            var riders = log.store.SideLane.Board(transaction);
            try
            {
                transaction.Commit();
            }
            catch (SqliteException e)
            {
                var lost = new StoreUnavailableException(e.Message, e);
                riders.Fail(lost);
                throw lost;
            }

            log.store.AfterCommit();
            log.store.Flush.After(riders.Arrive);
            log.store.Flush.After(flushed);
        }

        private static SqliteTransaction Begin(SqliteConnection writer)
        {
            try
            {
                return writer.BeginTransaction(deferred: false);
            }
            catch (SqliteException e)
            {
                throw new StoreUnavailableException(e.Message, e);
            }
        }

        public void Dispose()
        {
            try
            {
                transaction.Dispose();
            }
            catch (SqliteException)
            {
                // A commit that failed for want of disk has already rolled back.
            }
            finally
            {
                log.store.Turn.Release();
            }
        }
    }
}
