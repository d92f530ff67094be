using Bot.Storage;
using Microsoft.Extensions.Options;

namespace Bot.Observability;

internal sealed record DeadManOptions
{
    /// <summary>Asked with POST; empty: no signal.</summary>
    public string Url { get; init; } = "";

    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>
/// Tells somebody outside that the bot lives, for as long as it can also record: when the signal stops, that somebody calls a
/// person. A bot that runs but can't commit is as good as dead, so it stays silent then.
/// </summary>
internal sealed partial class DeadManSignal(
    IHttpClientFactory clients,
    StoreHealth health,
    IOptions<DeadManOptions> options,
    TimeProvider time,
    ILogger<DeadManSignal> logger
) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!Uri.TryCreate(options.Value.Url, UriKind.Absolute, out var url))
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (health.IsWell)
                await SendAsync(url, stoppingToken);
            await Task.Delay(options.Value.Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(Uri url, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            using var client = clients.CreateClient(nameof(DeadManSignal));
            using var answer = await client.PostAsync(url, content: null, either.Token);
            if (!answer.IsSuccessStatusCode)
                Log.Refused(logger, (int)answer.StatusCode);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return;
        }
        // The edge of the loop: the next signal follows anyway.
        catch (Exception e)
        {
            Log.Failed(logger, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(630, LogLevel.Warning, "The dead-man signal was refused with status {Status}")]
        public static partial void Refused(ILogger logger, int status);

        [LoggerMessage(631, LogLevel.Warning, "The dead-man signal was not sent: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
