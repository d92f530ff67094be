using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.Http;

/// <summary>
/// <c>http/request@1</c>. One request on a connection of its own: no redirects unless asked for, no retries, no proxy, so that
/// nothing is sent a second time behind the engine's back.
/// </summary>
public sealed class HttpRequestAction(Outward outward) : IStepAction
{
    private const int LongestBody = 100_000_000;

    public string Name => "http/request@1";

    public string Summary => "Sends one HTTP request.";

    public Type Arguments => typeof(HttpRequestArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(HttpRequestResult),
            [
                new(
                    FailureClass.NotSent,
                    "The host is not allowed or not known, nobody listens, the TLS handshake fails, `ca`, `certificate` or `key` cannot be used, or the time is over before the connection stands."
                ),
                new(
                    FailureClass.Refused,
                    "The answer is a redirect, any 4xx, or, of a step that is `read` or `idempotent`, a 5xx but 502 and 504."
                ),
                new(
                    FailureClass.Unknown,
                    "The connection stood and no whole answer came in time, the answer is 502 or 504, or, of a step that is `keyed` or `once`, any 5xx. `fails-with` makes a status a definite no."
                ),
            ],
            """
            uses: http/request@1
            with: { url: "https://shop.example.com/health", ok: [200, 204] }
            """,
            """
            uses: http/request@1
            with:
              method: POST
              url: https://deploy.example.com/restart
              headers: { Authorization: "Bearer ${{ inputs.password }}" }
              json: { service: shop }
            """
        );

    public StepEffect EffectOf(JsonElement with) =>
        with.TextOf("method")?.ToUpperInvariant() switch
        {
            null or "GET" or "HEAD" => StepEffect.Read,
            "PUT" or "DELETE" => StepEffect.Idempotent,
            _ => StepEffect.Once,
        };

    public string Describe(JsonElement with)
    {
        var body = with.LineOf("json") ?? with.LineOf("body");
        return $"{with.CapitalsOf("method") ?? "GET"} {SafeAddress.Of(with.TextOf("url"))}{(body is null ? "" : $" with {body}")}";
    }

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<HttpRequestArguments>(ActionJson.Options)!;
        if (!Uri.TryCreate(arguments.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return NotSent($"'{arguments.Url}' is not an http address.");
        if (ByteSize.Parse(arguments.MaxBytes, LongestBody) is not { } limit)
            return NotSent($"'{arguments.MaxBytes}' is not a size up to 100MB.");
        var follow = arguments.FollowRedirects && call.Effect is StepEffect.Read or StepEffect.Idempotent;
        using var identity = TlsIdentity.Of(call.With, url);
        if (identity.Problem is { } problem)
            return NotSent(problem);
        // A connection of its own for each call: a reused one may die under the request, and nobody would know whether it arrived.
        using var way = new OutwardHttp(outward, call.Deadline, identity, follow);
        using var elsewhere = new OutwardHttp(outward, call.Deadline, identity.Unnamed, follow);
        using var redirects = new Redirects(way, elsewhere, call);
        using var client = new HttpMessageInvoker(follow ? redirects : way.Handler, disposeHandler: false);
        using var request = Request(arguments, url, call);
        var begun = outward.Time.GetTimestamp();
        try
        {
            using var response = await client.SendAsync(request, cancel);
            return await ReadAsync(arguments, response, (int)limit, begun, call, cancel);
        }
        catch (Exception fault) when (redirects.Last.Failed(fault, cancel) is { } failed)
        {
            // What may not be asked, or is not who is meant, has shown nothing: that is no sign of an illness.
            return redirects.Last.HindranceOf(fault) is Hindrance.NotAsked ? failed : failed with { Result = NoAnswer };
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
            ["ms"] = (long)outward.Time.GetElapsedTime(begun).TotalMilliseconds,
        };
        var element = JsonSerializer.SerializeToElement(result);
        call.Output($"{(int)response.StatusCode} {response.ReasonPhrase}{(cut ? " (body cut at max-bytes)" : "")}");
        if (ok)
            return new ActionResult.Succeeded(element);
        return new ActionResult.Failed(
            OutwardHttp.ClassOf(status, call.Effect),
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

    private static ActionResult.Failed NotSent(string because) => new(FailureClass.NotSent, because);

    private static JsonElement NoAnswer { get; } = JsonSerializer.SerializeToElement(new { ok = false, status = 0 });
}
