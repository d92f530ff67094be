using System.Net.WebSockets;
using System.Text.Json;
using Integrations.Slack.Api;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Integrations.Slack.Inbound;

/// <summary>
/// Socket Mode. A new connection is made as soon as Slack says that the old one will end, and the old one is listened to until
/// Slack closes it: no envelope falls between the two. Each envelope is acknowledged after what follows from it is on disk.
/// </summary>
internal sealed partial class SlackSocket(
    SlackOptions options,
    SlackApi api,
    SlackInbound inbound,
    SlackAfterwards afterwards,
    SlackState state,
    ILogger<SlackSocket> logger
) : BackgroundService
{
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // One that ended sooner was no success: Slack that sends us away at once is not asked again at once, and again.
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(10);

    // What only an admin of the workspace can change is looked at seldom.
    private static readonly TimeSpan AdminPause = TimeSpan.FromMinutes(2);

    private readonly List<Task> listening = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        if (!options.UsesSockets)
            return;
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            SlackLine? line = null;
            TimeSpan pause;
            try
            {
                (line, pause) = await ConnectAsync(failures, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            // The edge of the loop: whatever the network does, the next try comes.
            catch (Exception e)
            {
                Log.NotConnected(logger, e.Message);
                pause = Pause(failures);
            }

            if (line is null)
            {
                failures++;
                state.Say("socket", "Slack's socket could not be opened; it is tried again.");
                await Task.Delay(pause, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            state.Say("socket", null);
            var since = TimeProvider.System.GetTimestamp();
            var listened = ListenAsync(line, stoppingToken);
            listening.RemoveAll(task => task.IsCompleted);
            listening.Add(listened);
            // The old line goes on beside the new one.
            await Task.WhenAny(line.Farewell, listened);
            pause = line.Farewell.IsCompletedSuccessfully ? AfterFarewell(await line.Farewell) : TimeSpan.Zero;
            failures = TimeProvider.System.GetElapsedTime(since) < Lasting ? failures + 1 : 0;
            if (pause == TimeSpan.Zero && failures > 1)
                pause = Pause(failures - 1);
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(listening);
    }

    private async Task<(SlackLine? Line, TimeSpan Pause)> ConnectAsync(int failures, CancellationToken stop)
    {
        var opened = await SlackApi.CallAsync(api.AppsConnections.Open(new AppsConnectionsOpen(), stop), stop);
        if (!opened.IsOk || opened.Value?.Url is not { } address)
        {
            Log.NotConnected(logger, opened.Error ?? "no address");
            state.Say("apps.connections.open", $"apps.connections.open: {opened.Error}");
            return (null, opened.RetryAfter ?? (opened.Outcome is SlackOutcome.Refused ? AdminPause : Pause(failures)));
        }

        state.Say("apps.connections.open", null);
        var line = await SlackLine.OpenAsync(new Uri(address), HelloPatience, stop);
        Log.Connected(logger, line.Number);
        return (line, TimeSpan.Zero);
    }

    /// <summary>What Slack's reasons ask for (docs.slack.dev, Socket Mode): most want a new connection at once.</summary>
    private TimeSpan AfterFarewell(string reason)
    {
        Log.Farewell(logger, reason);
        switch (reason)
        {
            case "link_disabled" or "socket_mode_disabled":
                state.Say("socket", "Socket Mode is turned off for the app. Turn it on again at api.slack.com/apps → Socket Mode.");
                return AdminPause;
            case "too_many_websockets":
                state.Say("socket", "Too many connections are open for the app: ten at most, over all nodes.");
                return LongestPause;
            default:
                // warning, refresh_requested, and reasons that are not known yet.
                return TimeSpan.Zero;
        }
    }

    private async Task ListenAsync(SlackLine line, CancellationToken stop)
    {
        if (line.HasSaidHello)
            state.Opened();
        try
        {
            var handling = new List<Task>();
            while (await line.ReceiveAsync(stop) is { } message)
            {
                handling.RemoveAll(task => task.IsCompleted);
                handling.Add(HandleAsync(line, message, stop));
            }

            await Task.WhenAll(handling);
        }
        catch (Exception e) when (e is WebSocketException or IOException or JsonException or OperationCanceledException)
        {
            if (!stop.IsCancellationRequested)
                Log.Lost(logger, line.Number, e.Message);
        }
        finally
        {
            if (line.HasSaidHello)
                state.Closed();
            line.Dispose();
        }
    }

    private async Task HandleAsync(SlackLine line, JsonElement message, CancellationToken stop)
    {
        await Task.Yield();
        var id = message.Text("envelope_id")!;
        try
        {
            var payload = message.Part("payload");
            var answer = message.Text("type") switch
            {
                "slash_commands" => await inbound.CommandAsync(name => payload.Text(name), stop),
                "interactive" => await inbound.InteractionAsync(payload, stop),
                "events_api" => await inbound.EventAsync(payload, stop),
                _ => Acknowledgement.Empty,
            };
            await line.SendAsync(new SocketAnswer(id, answer.Payload), stop);
            if (answer.After is { } after)
                afterwards.Begin(after);
        }
        // Not acknowledged: Slack sends an event again, and shows people that their command did not work.
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            Log.NotTaken(logger, id, e);
            // It may give up sending it before we can keep it.
            state.MissedNow();
        }
        catch (OperationCanceledException)
        {
            // Stopping; another node or the next start gets it again.
        }
    }

    private static TimeSpan Pause(int failures)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(failures, 10));
        return pause < LongestPause ? pause : LongestPause;
    }

    private static partial class Log
    {
        [LoggerMessage(700, LogLevel.Information, "Connected to Slack by Socket Mode, connection {Number}")]
        public static partial void Connected(ILogger logger, int number);

        [LoggerMessage(701, LogLevel.Warning, "Could not connect to Slack by Socket Mode: {Error}")]
        public static partial void NotConnected(ILogger logger, string error);

        [LoggerMessage(702, LogLevel.Information, "Slack will end the connection: {Reason}")]
        public static partial void Farewell(ILogger logger, string reason);

        [LoggerMessage(703, LogLevel.Warning, "Connection {Number} to Slack broke: {Error}")]
        public static partial void Lost(ILogger logger, int number, string error);

        [LoggerMessage(704, LogLevel.Error, "Envelope {Id} of Slack could not be taken in and is not acknowledged")]
        public static partial void NotTaken(ILogger logger, string id, Exception e);
    }
}

/// <param name="Payload">Where the envelope accepts one; null: left out.</param>
internal sealed record SocketAnswer(string EnvelopeId, object? Payload);
