using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Tests.FakeSlack;

/// <summary>Socket Mode: a ticket for each connection, hello, envelopes until they are acknowledged, and farewells.</summary>
internal sealed class SocketDoor(SlackServer server)
{
    private readonly ConcurrentDictionary<string, bool> tickets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, Line> lines = new();
    private int made;
    private int turn;

    /// <summary>How many connections may be open at a time; Slack allows ten.</summary>
    public int Most { get; set; } = 10;

    public int Open => lines.Count;

    /// <summary>Connections ever made.</summary>
    public int Made => made;

    /// <summary>Ends when so many connections were made.</summary>
    public Task HasMadeAsync(int count) =>
        Support.Until.Holds(() => Task.FromResult(made >= count && !lines.IsEmpty), $"connection {count} to the socket");

    public JsonObject NewAddress(bool shortLived)
    {
        var ticket = "t" + Interlocked.Increment(ref turn);
        tickets[ticket] = shortLived;
        return Methods.Ok(("url", $"ws://{server.Address.Authority}/link?ticket={ticket}&app_id={Workspace.AppId}"));
    }

    public async Task AcceptAsync(HttpContext http)
    {
        if (
            server.Faults.IsDown
            || !http.WebSockets.IsWebSocketRequest
            || !tickets.TryRemove(http.Request.Query["ticket"].ToString(), out _)
        )
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        if (lines.Count >= Most)
        {
            await socket.SendAsync(Farewell("too_many_websockets"), WebSocketMessageType.Text, true, http.RequestAborted);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, http.RequestAborted);
            return;
        }

        var id = Interlocked.Increment(ref made);
        using var line = new Line(socket);
        lines[id] = line;
        try
        {
            await line.SendAsync(
                new JsonObject
                {
                    ["type"] = "hello",
                    ["connection_info"] = new JsonObject { ["app_id"] = Workspace.AppId },
                    ["num_connections"] = lines.Count,
                    ["debug_info"] = new JsonObject { ["host"] = "applink-fake", ["approximate_connection_time"] = 3600 },
                }
            );
            await line.ListenAsync(http.RequestAborted);
        }
        finally
        {
            lines.TryRemove(id, out _);
        }
    }

    /// <summary>Sends an envelope on one of the open connections.</summary>
    /// <returns>The payload of its acknowledgement, which may be empty; null: nobody acknowledged in time.</returns>
    public async Task<JsonObject?> SendAsync(string envelopeId, JsonObject envelope, TimeSpan patience)
    {
        var open = lines.OrderBy(line => line.Key).Select(line => line.Value).ToList();
        if (open.Count == 0)
            return null;
        return await open[Interlocked.Increment(ref turn) % open.Count].AskAsync(envelopeId, envelope, patience);
    }

    /// <summary>Says goodbye on the connections that are open now; Slack closes them a while later, here when told to.</summary>
    /// <param name="reason"><c>warning</c>, <c>refresh_requested</c>, <c>link_disabled</c>, <c>too_many_websockets</c>, <c>socket_mode_disabled</c>.</param>
    public async Task SayGoodbyeAsync(string reason)
    {
        foreach (var line in lines.Values)
            await line.SendAsync(FarewellOf(reason));
    }

    /// <summary>Cuts every connection without a word.</summary>
    public void Drop()
    {
        foreach (var line in lines.Values)
            line.Cut();
    }

    private static JsonObject FarewellOf(string reason) =>
        new()
        {
            ["type"] = "disconnect",
            ["reason"] = reason,
            ["debug_info"] = new JsonObject { ["host"] = "applink-fake" },
        };

    private static byte[] Farewell(string reason) => Encoding.UTF8.GetBytes(FarewellOf(reason).ToJsonString());

    private sealed class Line(WebSocket socket) : IDisposable
    {
        private readonly SemaphoreSlim sending = new(1, 1);
        private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> waiting = new(StringComparer.Ordinal);

        public async Task SendAsync(JsonObject message)
        {
            await sending.WaitAsync();
            try
            {
                await socket.SendAsync(
                    Encoding.UTF8.GetBytes(message.ToJsonString()),
                    WebSocketMessageType.Text,
                    true,
                    CancellationToken.None
                );
            }
            catch (Exception e)
                when (e is WebSocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
            {
                // The other side went away: as in life, the sender learns of it by the acknowledgement that does not come.
            }
            finally
            {
                sending.Release();
            }
        }

        public async Task<JsonObject?> AskAsync(string id, JsonObject envelope, TimeSpan patience)
        {
            var answer = waiting.GetOrAdd(
                id,
                _ => new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously)
            );
            await SendAsync(envelope);
            try
            {
                return await answer.Task.WaitAsync(patience, TimeProvider.System);
            }
            catch (TimeoutException)
            {
                return null;
            }
            finally
            {
                waiting.TryRemove(id, out _);
            }
        }

        public async Task ListenAsync(CancellationToken cancel)
        {
            var buffer = new byte[16 * 1024];
            var message = new MemoryStream();
            try
            {
                while (socket.State is WebSocketState.Open)
                {
                    var part = await socket.ReceiveAsync(buffer, cancel);
                    if (part.MessageType is WebSocketMessageType.Close)
                    {
                        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancel);
                        return;
                    }

                    message.Write(buffer, 0, part.Count);
                    if (!part.EndOfMessage)
                        continue;
                    var said = JsonNode.Parse(message.ToArray()) as JsonObject;
                    message.SetLength(0);
                    if ((string?)said?["envelope_id"] is { } id && waiting.TryGetValue(id, out var answer))
                        answer.TrySetResult(said["payload"] as JsonObject ?? []);
                }
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
            {
                // Cut off.
            }
        }

        public void Cut() => socket.Abort();

        public void Dispose() => sending.Dispose();
    }
}
