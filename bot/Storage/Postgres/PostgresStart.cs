using Bot.Log;
using Npgsql;

namespace Bot.Storage.Postgres;

/// <summary>
/// The first contact. A server that is not there yet is waited for, since machines start in any order; one that refuses us
/// (a wrong password, a database that does not exist) is not, since waiting would not help.
/// </summary>
internal static partial class PostgresStart
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <param name="patience">How long a server that cannot be reached is waited for (<c>Storage:WaitAtStart</c>).</param>
    /// <exception cref="StoreUnavailableException">In words for the person who started us.</exception>
    public static void Wait(string connectionString, TimeSpan patience, TimeProvider time, ILogger logger)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            try
            {
                using var connection = new NpgsqlConnection(connectionString);
                connection.Open();
                return;
            }
            catch (NpgsqlException e) when (PostgresStore.IsOurs(e) && time.GetElapsedTime(since) < patience)
            {
                Log.Waiting(logger, e.Message, patience - time.GetElapsedTime(since));
                Task.Delay(Pause, time).GetAwaiter().GetResult();
            }
            catch (NpgsqlException e)
            {
                throw new StoreUnavailableException($"PostgreSQL cannot be used: {e.Message}", e);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(611, LogLevel.Warning, "PostgreSQL is not there yet ({Error}); it is waited for, {Left} at most")]
        public static partial void Waiting(ILogger logger, string error, TimeSpan left);
    }
}
