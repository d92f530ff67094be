using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>
/// Brings events and interactions to the app: over its sockets, or to its request address with a signature. Events that
/// nobody acknowledges come again, as Slack sends them: at once, after a minute, after five. What people press or type comes once.
/// </summary>
internal sealed class Delivery
{
    private readonly SlackServer server;
    private readonly HttpClient http = new(new SocketsHttpHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource stopped = new();
    private int made;

    public Delivery(SlackServer server)
    {
        this.server = server;
        server.Workspace.Happened += inner =>
        {
            if (Subscribed.Contains((string)inner["type"]!))
                _ = TellAsync((JsonObject)inner.DeepClone());
        };
    }

    /// <summary>What the app has subscribed to.</summary>
    public HashSet<string> Subscribed { get; } =
    [
        "message",
        "reaction_added",
        "app_mention",
        "app_home_opened",
        "channel_rename",
        "channel_archive",
        "channel_deleted",
        "channel_id_changed",
        "group_archive",
        "group_deleted",
        "subteam_members_changed",
        "user_change",
    ];

    /// <summary>The app's request address; null: Socket Mode.</summary>
    public Uri? RequestUrl { get; set; }

    /// <summary>How long an acknowledgement may take, by the true clock.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Pauses before each repeat of an event.</summary>
    public IReadOnlyList<TimeSpan> RetryAfter { get; set; } = [TimeSpan.Zero, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)];

    /// <summary>Deliveries under way or waiting for their repeat.</summary>
    public int Pending => Volatile.Read(ref pending);

    /// <summary>Each event, command and press comes twice, as Slack may send it.</summary>
    public bool Twice { get; set; }

    /// <summary>What people press or send comes here as well, at the same time: another node gets it too.</summary>
    public Uri? SecondUrl { get; set; }

    /// <summary>Events that were never acknowledged.</summary>
    public int Lost => Volatile.Read(ref lost);

    private int pending;
    private int lost;

    public void Stop()
    {
        stopped.Cancel();
        http.Dispose();
    }

    /// <summary>Something that is typed or pressed: once, and whoever did it sees whether it was acknowledged.</summary>
    /// <param name="type"><c>slash_commands</c> or <c>interactive</c>.</param>
    public async Task<Ack> ActAsync(string type, JsonObject payload)
    {
        if (Twice)
            await ActOnceAsync(type, payload, RequestUrl);
        if (SecondUrl is null)
            return await ActOnceAsync(type, payload, RequestUrl);
        var both = await Task.WhenAll(ActOnceAsync(type, payload, SecondUrl), ActOnceAsync(type, payload, RequestUrl));
        both[0].Payload.ToJsonString().ShouldBe(both[1].Payload.ToJsonString());
        return both[1] with { Came = both[0].Came && both[1].Came };
    }

    private async Task<Ack> ActOnceAsync(string type, JsonObject payload, Uri? url)
    {
        var answer = url is { } address
            ? await PostFormAsync(
                address,
                type is "slash_commands"
                    ?
                    [
                        .. payload
                            .Where(field => field.Value is not null)
                            .Select(field => KeyValuePair.Create(field.Key, field.Value!.ToString())),
                    ]
                    : [new("payload", payload.ToJsonString())]
            )
            : await SendAsync(type, payload, acceptsResponse: true, retry: 0);
        return new Ack(answer is not null, answer ?? []);
    }

    public async Task TellAsync(JsonObject inner)
    {
        if (!IsSubscribed(inner))
            return;
        Interlocked.Increment(ref pending);
        try
        {
            var number = Interlocked.Increment(ref made);
            var outer = new JsonObject
            {
                ["token"] = "verification-token",
                ["team_id"] = Workspace.TeamId,
                ["api_app_id"] = Workspace.AppId,
                ["event"] = inner,
                ["type"] = "event_callback",
                ["event_id"] = string.Create(CultureInfo.InvariantCulture, $"Ev{number:D8}"),
                ["event_time"] = server.Workspace.Time.GetUtcNow().ToUnixTimeSeconds(),
                ["authorizations"] = new JsonArray(
                    new JsonObject
                    {
                        ["team_id"] = Workspace.TeamId,
                        ["user_id"] = Workspace.BotUserId,
                        ["is_bot"] = true,
                    }
                ),
            };
            if (Twice)
                await TryAsync(outer, 0);
            var acknowledged = await TryAsync(outer, 0);
            for (var retry = 1; !acknowledged && retry <= RetryAfter.Count; retry++)
            {
                await Task.Delay(RetryAfter[retry - 1], server.Workspace.Time, stopped.Token);
                acknowledged = await TryAsync(outer, retry);
            }

            if (!acknowledged)
                Interlocked.Increment(ref lost);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // The workspace closes.
        }
        finally
        {
            Interlocked.Decrement(ref pending);
        }
    }

    /// <summary>An event as it is, once.</summary>
    /// <param name="outer">With all that is around it.</param>
    /// <returns>Whether it was acknowledged.</returns>
    public Task<bool> SendAsync(JsonObject outer) => TryAsync(outer, 0);

    private bool IsSubscribed(JsonObject inner)
    {
        if (server.Workspace.Manifest?["settings"]?["event_subscriptions"]?["bot_events"] is not JsonArray events)
            return true;
        var name = ((string)inner["type"]!, (string?)inner["channel_type"]) switch
        {
            ("message", "channel") => "message.channels",
            ("message", "group") => "message.groups",
            var (type, _) => type,
        };
        return events.Any(one => (string?)one == name);
    }

    private async Task<bool> TryAsync(JsonObject outer, int retry)
    {
        if (server.Faults.IsDown)
            return false;
        return RequestUrl is { } address
            ? await PostAsync(address, outer.ToJsonString(), "application/json", retry) is not null
            : await SendAsync("events_api", outer, acceptsResponse: false, retry) is not null;
    }

    private Task<JsonObject?> SendAsync(string type, JsonObject payload, bool acceptsResponse, int retry)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"e-{Interlocked.Increment(ref made)}");
        var envelope = new JsonObject
        {
            ["envelope_id"] = id,
            ["payload"] = payload.DeepClone(),
            ["type"] = type,
            ["accepts_response_payload"] = acceptsResponse,
        };
        if (type is "events_api")
        {
            envelope["retry_attempt"] = retry;
            envelope["retry_reason"] = retry == 0 ? "" : "timeout";
        }

        return server.Sockets.SendAsync(id, envelope, Patience);
    }

    private async Task<JsonObject?> PostFormAsync(Uri address, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        return await PostAsync(address, await form.ReadAsStringAsync(), "application/x-www-form-urlencoded", 0);
    }

    /// <returns>The answer's body; null without a 200 in time.</returns>
    private async Task<JsonObject?> PostAsync(Uri address, string body, string type, int retry)
    {
        var timestamp = server.Workspace.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        request.Headers.Add("X-Slack-Request-Timestamp", timestamp);
        request.Headers.Add("X-Slack-Signature", Sign(timestamp, body));
        if (retry > 0)
        {
            request.Headers.Add("X-Slack-Retry-Num", retry.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("X-Slack-Retry-Reason", "http_timeout");
        }

        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(stopped.Token);
        inTime.CancelAfter(Patience);
        try
        {
            using var answer = await http.SendAsync(request, inTime.Token);
            var text = await answer.Content.ReadAsStringAsync(inTime.Token);
            if (!answer.IsSuccessStatusCode)
                return null;
            return text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject()
                : text.Length > 0 ? new JsonObject { ["text"] = text }
                : [];
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !stopped.IsCancellationRequested)
        {
            return null;
        }
    }

    public static string Sign(string timestamp, string body) =>
        "v0="
        + Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(Workspace.SigningSecret), Encoding.UTF8.GetBytes($"v0:{timestamp}:{body}"))
        );
}

/// <summary>What came back for something typed or pressed.</summary>
/// <param name="Came">False: Slack shows that the app did not answer.</param>
internal sealed record Ack(bool Came, JsonObject Payload);
