using System.Globalization;
using Dapper;

namespace Bot.Storage.Postgres;

/// <summary>Hears what other nodes commit. A notification is a hint; the position is asked for once a second anyway.</summary>
internal sealed partial class PostgresListener(
    PostgresStore store,
    LogPosition position,
    EffectSignal effects,
    TimeProvider time,
    ILogger<PostgresListener> logger
) : BackgroundService
{
    private static readonly TimeSpan Fallback = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // The edge of the loop: whatever ended the connection, another one is opened.
            catch (Exception e)
            {
                Log.Lost(logger, e.Message);
                await Task.Delay(Fallback, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancel)
    {
        await using var connection = await store.OpenToListenAsync(cancel);
        connection.Notification += (_, heard) =>
        {
            if (heard.Channel == PostgresLog.OutboxChannel)
                effects.Raise();
            // It says how far the log goes: asking after each commit of this node's own desk would cost as much as the commit.
            else if (long.TryParse(heard.Payload, NumberStyles.None, CultureInfo.InvariantCulture, out var newest))
                position.Publish(newest);
        };
        await connection.ExecuteAsync($"listen {PostgresLog.Channel}; listen {PostgresLog.OutboxChannel}");
        // What was announced while nobody listened.
        effects.Raise();
        while (true)
        {
            position.Publish(await connection.ExecuteScalarAsync<long>("select coalesce(max(position), 0) from events"));
            var asked = time.GetTimestamp();
            for (var left = Fallback; left > TimeSpan.Zero; left = Fallback - time.GetElapsedTime(asked))
            {
                if (!await connection.WaitAsync(left, cancel))
                    break;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(610, LogLevel.Warning, "Lost the connection that hears other nodes: {Error}")]
        public static partial void Lost(ILogger logger, string error);
    }
}
