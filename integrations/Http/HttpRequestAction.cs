using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Http;

/// <summary>
/// <c>http/request@1</c>. One request on a connection of its own: no redirects unless asked for, no retries, no proxy, so that
/// nothing is sent a second time behind the engine's back.
/// </summary>
public sealed class HttpRequestAction(AllowedHosts hosts, TimeProvider time) : IStepAction
{
    private const int LongestBody = 100_000_000;

    public string Name => "http/request@1";

    public string Summary => "Sends one HTTP request.";

    public Type Arguments => typeof(HttpRequestArguments);

    public StepEffect EffectOf(JsonElement with) =>
        Text(with, "method")?.ToUpperInvariant() switch
        {
            null or "GET" or "HEAD" => StepEffect.Read,
            "PUT" or "DELETE" => StepEffect.Idempotent,
            _ => StepEffect.Once,
        };

    public string Describe(JsonElement with) => $"{Text(with, "method")?.ToUpperInvariant() ?? "GET"} {WithoutSecrets(Text(with, "url"))}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<HttpRequestArguments>(ActionJson.Options)!;
        if (!Uri.TryCreate(arguments.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return NotSent($"'{arguments.Url}' is not an http address.");
        if (!TrySize(arguments.MaxBytes, out var limit))
            return NotSent($"'{arguments.MaxBytes}' is not a size up to 100MB.");
        var sent = new SentMark();
        var follow = arguments.FollowRedirects && call.Effect is StepEffect.Read or StepEffect.Idempotent;
        using var handler = Handler(follow, sent, call.Deadline);
        // A connection of its own for each call: a reused one may die under the request, and nobody would know whether it arrived.
        using var client = new HttpMessageInvoker(handler);
        using var request = Request(arguments, url, call);
        var begun = time.GetTimestamp();
        try
        {
            using var response = await client.SendAsync(request, cancel);
            return await ReadAsync(arguments, response, limit, begun, call, cancel);
        }
        catch (HttpRequestException fault)
        {
            return Failure(fault, sent);
        }
        catch (IOException fault)
        {
            return sent.Began ? Unknown($"the answer broke off: {fault.Message}") : NotSent(fault.Message);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && !sent.Began)
        {
            return NotSent("it could not be connected in time");
        }
    }

    private SocketsHttpHandler Handler(bool follow, SentMark sent, DateTimeOffset deadline) =>
        new()
        {
            AllowAutoRedirect = follow,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            ActivityHeadersPropagator = null,
            AutomaticDecompression = DecompressionMethods.All,
            // The handler sends a request without a body again, up to three times, when its connection is closed without an answer.
            ConnectCallback = (context, cancel) => sent.Began && !follow ? throw new AnswerLostException() : ConnectAsync(context, cancel),
            PlaintextStreamFilter = (context, _) =>
            {
                // The connection stands, TLS and all: from here on bytes of the request may leave. A process that was stopped on
                // the way here finds the step decided by somebody else; timers have not told it yet.
                if (time.GetUtcNow() >= deadline)
                    throw new TooLateException();
                sent.Began = true;
                return ValueTask.FromResult(context.PlaintextStream);
            },
        };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancel);
        var byName = hosts.AllowsName(host);
        var allowed = addresses.Where(address => byName || hosts.AllowsAddress(address)).ToArray();
        if (allowed.Length == 0)
            throw new HostNotAllowedException(host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static HttpRequestMessage Request(HttpRequestArguments arguments, Uri url, ActionCall call)
    {
        var request = new HttpRequestMessage(new HttpMethod(arguments.Method.ToUpperInvariant()), url)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var text = arguments.Json is { ValueKind: not JsonValueKind.Undefined } json ? json.GetRawText() : arguments.Body;
        if (text is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(
                arguments.Json is null ? "text/plain" : "application/json",
                "utf-8"
            );
        }

        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "incident-runbook");
        if (call.IdempotencyKey is { } key)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        foreach (var (name, value) in arguments.Headers ?? [])
        {
            request.Headers.Remove(name);
            if (!request.Headers.TryAddWithoutValidation(name, value) && request.Content is { } content)
            {
                content.Headers.Remove(name);
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    private async Task<ActionResult> ReadAsync(
        HttpRequestArguments arguments,
        HttpResponseMessage response,
        int limit,
        long begun,
        ActionCall call,
        CancellationToken cancel
    )
    {
        var (body, cut) = await BodyAsync(response, limit, cancel);
        if (cut)
            body = body[..call.Mask.Whole(body)];
        var status = (int)response.StatusCode;
        var ok = arguments.Ok is { Count: > 0 } wanted ? wanted.Contains(status) : response.IsSuccessStatusCode;
        var headers = new JsonObject();
        foreach (var header in response.Headers.Concat(response.Content.Headers))
            headers[header.Key.ToLowerInvariant()] = string.Join(", ", header.Value);
        var result = new JsonObject
        {
            ["status"] = status,
            ["headers"] = headers,
            ["body"] = body,
            ["json"] = cut ? null : Parsed(body),
            ["ok"] = ok,
            ["ms"] = (long)time.GetElapsedTime(begun).TotalMilliseconds,
        };
        var element = JsonSerializer.SerializeToElement(result);
        call.Output($"{(int)response.StatusCode} {response.ReasonPhrase}{(cut ? " (body cut at max-bytes)" : "")}");
        if (ok)
            return new ActionResult.Succeeded(element);
        // 502 and 504 are a middleman's word that it does not know. Any other 5xx of a step that acts says as little about what was done.
        var unknown = status is 502 or 504 || (status >= 500 && call.Effect is StepEffect.Once or StepEffect.Keyed);
        return new ActionResult.Failed(
            unknown ? FailureClass.Unknown : FailureClass.Refused,
            $"the answer was {status} {response.ReasonPhrase}".TrimEnd(),
            element
        );
    }

    private static async Task<(string Body, bool Cut)> BodyAsync(HttpResponseMessage response, int limit, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        using var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancel)) > 0)
        {
            var room = Math.Min(read, limit - (int)kept.Length);
            kept.Write(buffer, 0, room);
            if (room < read)
                return (Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length), true);
        }

        return (Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length), false);
    }

    private static JsonNode? Parsed(string body)
    {
        try
        {
            return JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Until the connection stands nothing can have been sent; after that nobody knows.
    private static ActionResult.Failed Failure(HttpRequestException fault, SentMark sent)
    {
        if (fault.InnerException is HostNotAllowedException denied)
            return NotSent(denied.Message);
        return sent.Began ? Unknown(Sentence(fault)) : NotSent(Sentence(fault));
    }

    private static string Sentence(HttpRequestException fault) =>
        fault.InnerException is { } inner && !fault.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{fault.Message} {inner.Message}"
            : fault.Message;

    private static ActionResult.Failed NotSent(string because) => new(FailureClass.NotSent, because, NoAnswer);

    private static ActionResult.Failed Unknown(string because) => new(FailureClass.Unknown, because, NoAnswer);

    private static JsonElement NoAnswer { get; } = JsonSerializer.SerializeToElement(new { ok = false, status = 0 });

    private static string? Text(JsonElement with, string name) =>
        with.ValueKind is JsonValueKind.Object && with.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    private static string WithoutSecrets(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.UserInfo.Length > 0
            ? new UriBuilder(address) { UserName = "", Password = "" }.Uri.ToString()
            : url ?? "";

    private static bool TrySize(string text, out int bytes)
    {
        var unit = text.AsSpan().TrimStart("0123456789");
        var factor = unit switch
        {
            "" or "B" => 1L,
            "KB" => 1000L,
            "MB" => 1_000_000L,
            _ => 0L,
        };
        bytes = 0;
        if (!long.TryParse(text.AsSpan(0, text.Length - unit.Length), out var number) || number * factor is <= 0 or > LongestBody)
            return false;
        bytes = (int)(number * factor);
        return true;
    }

    private sealed class AnswerLostException() : IOException("The connection was closed without an answer.");

    private sealed class TooLateException() : IOException("The step's time was over before it could be sent.");

    private sealed class SentMark
    {
        public bool Began { get; set; }
    }
}
