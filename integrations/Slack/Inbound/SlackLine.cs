using System.Net.WebSockets;
using System.Text.Json;
using Integrations.Slack.Api;

namespace Integrations.Slack.Inbound;

/// <summary>One WebSocket of Socket Mode, from its hello to its end.</summary>
internal sealed class SlackLine : IDisposable
{
    // A dead peer is noticed within half a minute: our own pings go out, and their answers must come.
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PongWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(5);
    private const int MostMessage = 4 << 20;
    private static int made;

    private readonly ClientWebSocket socket;
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly TaskCompletionSource<string> farewell = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] buffer = new byte[16 * 1024];

    private SlackLine(ClientWebSocket socket)
    {
        this.socket = socket;
        Number = Interlocked.Increment(ref made);
    }

    public int Number { get; }

    /// <summary>False: Slack sent this connection away at once, with a farewell.</summary>
    public bool HasSaidHello { get; private set; }

    /// <summary>Ends with the reason when Slack says that it will close this connection.</summary>
    public Task<string> Farewell => farewell.Task;

    /// <exception cref="WebSocketException">It could not be opened, or ended before its hello.</exception>
    public static async Task<SlackLine> OpenAsync(Uri address, TimeSpan patience, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        var connecting = new ClientWebSocket { Options = { KeepAliveInterval = PingEvery, KeepAliveTimeout = PongWithin } };
        try
        {
            await connecting.ConnectAsync(address, limit.Token);
            var line = new SlackLine(connecting);
            // Nothing counts before the hello; a farewell instead of it says why not.
            var first = await line.NextAsync(limit.Token);
            line.HasSaidHello = first?.Text("type") is "hello";
            if (first?.Text("type") is "disconnect")
                line.farewell.TrySetResult(first.Value.Text("reason") ?? "");
            if (line.HasSaidHello || line.Farewell.IsCompleted)
                return line;
            throw new WebSocketException("It ended without a hello.");
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            connecting.Dispose();
            throw new WebSocketException($"No hello within {patience.TotalSeconds:0} seconds.", e);
        }
        catch
        {
            connecting.Dispose();
            throw;
        }
    }

    /// <summary>The next envelope; null when Slack has closed the connection.</summary>
    public async Task<JsonElement?> ReceiveAsync(CancellationToken cancel)
    {
        while (await NextAsync(cancel) is { } message)
        {
            try
            {
                if (message.Text("type") is "disconnect")
                    farewell.TrySetResult(message.Text("reason") ?? "");
                else if (message.Text("envelope_id") is not null)
                    return message;
            }
            catch (UnreadableException)
            {
                // Without its id it cannot be acknowledged; those after it are none the worse for it.
            }
        }

        return null;
    }

    public async Task SendAsync(SocketAnswer answer, CancellationToken cancel)
    {
        await sending.WaitAsync(cancel);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(SendPatience);
            await socket.SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(answer, SlackJson.Options),
                WebSocketMessageType.Text,
                true,
                limit.Token
            );
        }
        finally
        {
            sending.Release();
        }
    }

    public void Dispose()
    {
        socket.Dispose();
        sending.Dispose();
    }

    private async Task<JsonElement?> NextAsync(CancellationToken cancel)
    {
        var message = new MemoryStream();
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, cancel);
            if (part.MessageType is WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancel);
                return null;
            }

            message.Write(buffer, 0, part.Count);
            if (message.Length > MostMessage)
                throw new WebSocketException("A message longer than Slack sends any.");
            if (!part.EndOfMessage)
                continue;
            using var json = JsonDocument.Parse(message.ToArray());
            return json.RootElement.Clone();
        }
    }
}
