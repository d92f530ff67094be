using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Tests.Support;

namespace Tests.FakeSlack;

/// <summary>
/// A pretended Slack: a real HTTP and WebSocket server on loopback with a workspace behind it. Slack's own clients run
/// against it. What a call asks is done under the workspace's lock; what goes wrong is said in <see cref="Faults"/>.
/// </summary>
internal sealed class SlackServer : IAsyncDisposable
{
    private const int MostUsesOfResponseAddress = 5;
    private static readonly TimeSpan ResponseAddressLife = TimeSpan.FromMinutes(30);

    private readonly WebApplication app;

    private SlackServer(WebApplication app, TimeProvider time)
    {
        this.app = app;
        Workspace = new Workspace(time);
        Limits = new RateLimits(time);
        Sockets = new SocketDoor(this);
        Delivery = new Delivery(this);
        Workspace.Users.Add(new SlackUser(Workspace.BotUserId, "incident", "") { IsBot = true });
    }

    public Workspace Workspace { get; }

    public Faults Faults { get; } = new();

    public RateLimits Limits { get; }

    public SocketDoor Sockets { get; }

    public Delivery Delivery { get; }

    public Capture Calls { get; } = new();

    public Uri Address => new(app.Urls.First());

    /// <summary>What a client takes for <c>https://slack.com/api/</c>.</summary>
    public Uri ApiUrl => new(Address, "/api/");

    public static async Task<SlackServer> StartAsync(TimeProvider? time = null)
    {
        var builder = Loopback.Web();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var server = new SlackServer(builder.Build(), time ?? TimeProvider.System);
        server.app.UseWebSockets(
            new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(5), KeepAliveTimeout = TimeSpan.FromSeconds(20) }
        );
        server.app.Map("/api/{method}", server.ApiAsync);
        server.app.MapPost("/upload/{id}", server.UploadAsync);
        server.app.MapPost("/respond/{id}", server.RespondAsync);
        server.app.Map("/link", server.Sockets.AcceptAsync);
        await server.app.StartAsync();
        return server;
    }

    /// <summary>Another app writes a message, as an incoming webhook does.</summary>
    public SlackMessage AppWrites(string username, string channel, JsonArray? attachments = null, JsonArray? blocks = null)
    {
        lock (Workspace.Gate)
        {
            var where = this.Channel(channel).Channel;
            var message = new SlackMessage(Workspace.NewTs(), "")
            {
                Username = username,
                Attachments = attachments,
                Blocks = blocks,
            };
            where.Messages.Add(message);
            Workspace.Tell(Events.Message(where, message));
            return message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Delivery.Stop();
        Sockets.Drop();
        await app.DisposeAsync();
    }

    private async Task ApiAsync(HttpContext http, string method)
    {
        if (Faults.IsDown)
        {
            http.Abort();
            return;
        }

        var call = await ReadAsync(http, method);
        var fault = Faults.Take(call);
        switch (fault)
        {
            case Fault.RateLimited limited:
                await RefuseForNowAsync(http, call, limited.Seconds);
                return;
            case Fault.Status status:
                Calls.Add(call, $"HTTP {status.Code}");
                http.Response.StatusCode = status.Code;
                return;
            case Fault.Refused refused:
                await AnswerAsync(http, call, Refusal(new SlackError(refused.Error)));
                return;
            case Fault.Dropped:
                Calls.Add(call, "dropped");
                http.Abort();
                return;
            case Fault.Late late:
                await Task.Delay(late.By, Workspace.Time, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case Fault.Held held:
                await held.Until.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case Fault.Hangs { Happens: false }:
                Calls.Add(call, "hung");
                await AbandonedAsync(http);
                return;
        }

        var answer = Do(call, out var wait);
        if (wait is { } seconds)
        {
            await RefuseForNowAsync(http, call, seconds);
            return;
        }

        switch (fault)
        {
            case Fault.AnswerLost:
                Calls.Add(call, "answer lost", answer);
                http.Abort();
                return;
            case Fault.Hangs:
                Calls.Add(call, "hung after the effect", answer);
                await AbandonedAsync(http);
                return;
            default:
                await AnswerAsync(http, call, answer);
                return;
        }
    }

    private JsonObject Do(Call call, out int? wait)
    {
        wait = null;
        lock (Workspace.Gate)
        {
            try
            {
                if (!Methods.All.TryGetValue(call.Method, out var method))
                    throw new SlackError("unknown_method");
                if (string.IsNullOrEmpty(call.Token))
                    throw new SlackError("not_authed");
                if (call.Token != method.Token)
                    throw new SlackError(
                        call.Token is Workspace.AppToken or Workspace.BotToken or Workspace.ConfigToken
                            ? "not_allowed_token_type"
                            : "invalid_auth"
                    );
                if (method.Scope is { } scope && !Workspace.Scopes.Contains(scope))
                    throw new SlackError("missing_scope") { Needed = scope };
                if (!call.IsForm && !method.Json)
                    throw new SlackError("invalid_arguments", "this method takes no JSON");
                wait = Limits.Refuse(call.Method, method.PerMinute, method.IsPost ? call.Text("channel") : null);
                if (wait is not null)
                    return [];
                var answer = method.OfApp ? Sockets.NewAddress(call.Text("debug_reconnects") is "true") : method.Run(Workspace, call);
                AddAddresses(answer);
                return answer;
            }
            catch (SlackError error)
            {
                return Refusal(error);
            }
        }
    }

    private void AddAddresses(JsonObject answer)
    {
        if ((string?)answer["upload_url"] is { } path)
            answer["upload_url"] = new Uri(Address, path).ToString();
    }

    private JsonObject Refusal(SlackError error)
    {
        var answer = new JsonObject { ["ok"] = false, ["error"] = error.Message };
        if (error.Needed is not null)
        {
            answer["needed"] = error.Needed;
            answer["provided"] = string.Join(',', Workspace.Scopes.Order(StringComparer.Ordinal));
        }

        if (error.Messages.Count > 0)
            answer["response_metadata"] = new JsonObject
            {
                ["messages"] = new JsonArray([.. error.Messages.Select(text => (JsonNode)("[ERROR] " + text))]),
            };
        return answer;
    }

    private async Task AnswerAsync(HttpContext http, Call call, JsonObject answer)
    {
        Calls.Add(call, (bool)answer["ok"]! ? "ok" : (string)answer["error"]!, answer);
        http.Response.Headers["X-OAuth-Scopes"] = string.Join(',', Workspace.Scopes.Order(StringComparer.Ordinal));
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync(answer.ToJsonString(), http.RequestAborted);
    }

    private async Task RefuseForNowAsync(HttpContext http, Call call, int seconds)
    {
        Calls.Add(call, "rate limited");
        http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync("""{"ok":false,"error":"ratelimited"}""", http.RequestAborted);
    }

    private static async Task AbandonedAsync(HttpContext http)
    {
        var abandoned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = http.RequestAborted.Register(abandoned.SetResult);
        await abandoned.Task;
    }

    private static async Task<Call> ReadAsync(HttpContext http, string method)
    {
        using var reader = new StreamReader(http.Request.Body);
        var text = await reader.ReadToEndAsync(http.RequestAborted);
        var isJson = http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) is true;
        var body = new JsonObject();
        if (isJson && text.Length > 0)
        {
            body = JsonNode.Parse(text) as JsonObject ?? throw new JsonException("no object");
        }
        else
        {
            foreach (var (name, value) in QueryHelpers.ParseQuery(text).Concat(http.Request.Query))
                body[name] = value.ToString();
        }

        var header = http.Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : (string?)body["token"];
        body.Remove("token");
        return new Call(method, token, body, !isJson);
    }

    private async Task UploadAsync(HttpContext http, string id)
    {
        // The bytes as they are, or as the one part of a form.
        using var content = new MemoryStream();
        if (http.Request.HasFormContentType && (await http.Request.ReadFormAsync(http.RequestAborted)).Files is [var part, ..])
            await part.CopyToAsync(content, http.RequestAborted);
        else
            await http.Request.Body.CopyToAsync(content, http.RequestAborted);
        lock (Workspace.Gate)
        {
            var file = Workspace.Files.Find(file => file.Id == id);
            if (file is null || content.Length != file.Length)
            {
                http.Response.StatusCode = (int)HttpStatusCode.BadRequest;
                return;
            }

            file.Content = content.ToArray();
        }
    }

    /// <summary>A <c>response_url</c>: no token, five times within half an hour.</summary>
    private async Task RespondAsync(HttpContext http, string id)
    {
        if (Faults.IsDown || Faults.Take("response_url") is not null)
        {
            http.Abort();
            return;
        }

        var call = await ReadAsync(http, "response_url");
        var ok = false;
        lock (Workspace.Gate)
        {
            if (
                Workspace.ResponseAddresses.TryGetValue(id, out var address)
                && address.Uses++ < MostUsesOfResponseAddress
                && Workspace.Time.GetUtcNow() - address.At < ResponseAddressLife
            )
            {
                ok = BlockLimits.OfMessage(call.Json<JsonArray>("blocks")) is [];
                if (ok)
                    Respond(address, call);
            }
        }

        Calls.Add(call, ok ? "ok" : "refused");
        http.Response.StatusCode = ok ? 200 : 404;
        await http.Response.WriteAsync(ok ? "ok" : "no_service", http.RequestAborted);
    }

    private void Respond(ResponseAddress address, Call call)
    {
        var text = call.Text("text") ?? "";
        var blocks = call.Json<JsonArray>("blocks");
        var original = Workspace.Channel(address.Channel)?.Message(address.MessageTs);
        if (original is not null && call.Flag("delete_original"))
            original.Deleted = true;
        else if (original is not null && call.Flag("replace_original"))
            (original.Text, original.Blocks) = (text, blocks);
        else if (call.Text("response_type") is "in_channel" && Workspace.Channel(address.Channel) is { } channel)
            channel.Messages.Add(
                new SlackMessage(Workspace.NewTs(), Workspace.BotUserId)
                {
                    Text = text,
                    Blocks = blocks,
                    IsOfApp = true,
                }
            );
        else
            Workspace.Ephemerals.Add(new Ephemeral(address.Channel, address.User, text, blocks));
    }
}
