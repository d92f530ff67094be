using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Integrations.Http;

/// <summary>
/// <c>http/request@1</c>. One request on a connection of its own: no redirects unless asked for, no retries, no proxy, so that
/// nothing is sent a second time behind the engine's back.
/// </summary>
public sealed class HttpRequestAction(Outward outward) : IStepAction
{
    // Of more the value would take many times the memory that the text does.
    private const int MostValues = 1_000_000;

    // What is read later may be 64 levels deep, and this is one of them.
    private const int DeepestJson = 63;

    private static readonly long LongestBody = ByteSize.Parse(HttpRequestArguments.LongestBody, long.MaxValue)!.Value;

    // It is read by nobody who takes it for HTML.
    private static readonly JsonWriterOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Name => "http/request@1";

    public string Summary => "Sends one HTTP request.";

    public Type Arguments => typeof(HttpRequestArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(HttpRequestResult),
            [
                new(
                    FailureClass.NotSent,
                    "The host is not allowed or not known, nobody listens, the TLS handshake fails, `ca`, `certificate`, `key` or a header cannot be used, or the time is over before the connection stands."
                ),
                new(
                    FailureClass.Refused,
                    "The answer is a redirect, any 4xx, or, of a step that is `read` or `idempotent`, a 2xx that is not in `ok`, or a 5xx but 502 and 504."
                ),
                new(
                    FailureClass.Unknown,
                    "The connection stood and no whole answer came in time, the answer is 502 or 504, or, of a step that is `keyed` or `once`, any 5xx, a 2xx that is not in `ok`, or 303; or what may have acted was redirected, and where that leads to failed. `fails-with` makes a status a definite no."
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
            """,
            """
            uses: http/request@1
            with: { method: PUT, url: "https://flags.example.com/checkout", json: { on: false } }
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
        if (OutwardAddress.Problem("url", arguments.Url, out var url) is { } wrong)
            return NotSent(wrong);
        if (ByteSize.Parse(arguments.MaxBytes, LongestBody) is not { } limit)
            return NotSent($"'{arguments.MaxBytes}' is not a size up to {HttpRequestArguments.LongestBody}.");
        if (HeaderRules.Problem(arguments.Headers ?? [], ofBody: true) is { } unfit)
            return NotSent($"'headers' must be {unfit}.");
        if (HeaderRules.Problem(call.IdempotencyKey) is { } unkeyed)
            return NotSent($"'idempotency-key' must be without {unkeyed}: it is sent as a header.");
        var follow = arguments.FollowRedirects && call.Effect is StepEffect.Read or StepEffect.Idempotent;
        using var identity = TlsIdentity.Of(call.With, url);
        if (identity.Problem is { } problem)
            return NotSent(problem);
        // A connection of its own for each call: a reused one may die under the request, and nobody would know whether it arrived.
        using var way = new OutwardHttp(outward, call.Deadline, identity, follow);
        using var elsewhere = new OutwardHttp(outward, call.Deadline, identity.Unnamed, follow);
        using var redirects = new Redirects(way, elsewhere, call);
        using var client = new HttpMessageInvoker(follow ? redirects : way.Handler, disposeHandler: false);
        var begun = outward.Time.GetTimestamp();
        try
        {
            using var request = Request(arguments, url, call);
            using var response = await client.SendAsync(request, cancel);
            return redirects.Judge(await ReadAsync(arguments, response, (int)limit, begun, call, cancel));
        }
        catch (Exception fault) when (redirects.Failed(fault, cancel) is { } failed)
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
            // .NET keeps those with a body; without one it says that it has the length 0.
            HttpHeaders of = HeaderRules.IsOfBody(name) ? (request.Content ??= new ByteArrayContent([])).Headers : request.Headers;
            of.Remove(name);
            of.TryAddWithoutValidation(name, value);
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
        // What acted has its answer with the status: it is not kept waiting for the rest.
        var waits = call.Effect is StepEffect.Read;
        var answer = await WholeAnswer.ReadAsync(response.Content, limit, outward.Room, waits, cancel);
        if (answer.Room is { } room)
            call.UntilRead(room);
        var status = (int)response.StatusCode;
        var ok = arguments.Ok is { Count: > 0 } wanted ? wanted.Contains(status) : response.IsSuccessStatusCode;
        var unread = Read(answer, out var isJson) is { } why ? CutMember.Unread("json", why) : null;
        var found = Result(answer, isJson, unread, response, ok, (long)outward.Time.GetElapsedTime(begun).TotalMilliseconds, call.Mask);
        call.Output($"{status} {response.ReasonPhrase}{(answer.IsCut ? " (body cut)" : "")}");
        ActionResult result = ok
            ? new ActionResult.Succeeded(found)
            : new ActionResult.Failed(
                OutwardHttp.ClassOf(status, call.Effect),
                $"the answer was {status} {response.ReasonPhrase}".TrimEnd() + NoRedirects.Told(response),
                found
            );
        return unread is null ? result : result with { Unread = [unread] };
    }

    // From the bytes as they came, without a text or a tree of the body in between: it is in memory twice, whatever it is.
    private static JsonElement Result(
        WholeAnswer answer,
        bool isJson,
        CutMember? unread,
        HttpResponseMessage response,
        bool ok,
        long ms,
        SecretMask mask
    )
    {
        var written = new ArrayBufferWriter<byte>(Size(answer.Bytes.Span) + 4096);
        using (var writer = new Utf8JsonWriter(written, Plainly))
        {
            writer.WriteStartObject();
            writer.WriteNumber("status", (int)response.StatusCode);
            writer.WriteStartObject("headers");
            foreach (var header in response.Headers.Concat(response.Content.Headers))
                writer.WriteString(header.Key.ToLowerInvariant(), string.Join(", ", header.Value));
            writer.WriteEndObject();
            WriteBody(writer, answer, mask);
            writer.WritePropertyName("json");
            if (unread is not null)
                writer.WriteStringValue($"… ({unread.Because})");
            else if (isJson)
                writer.WriteRawValue(answer.Bytes.Span, skipInputValidation: true);
            else
                writer.WriteNullValue();
            writer.WriteBoolean("ok", ok);
            writer.WriteNumber("ms", ms);
            writer.WriteEndObject();
        }

        // Not put back: the result lives on in it.
        return JsonDocument.Parse(written.WrittenMemory).RootElement;
    }

    private static void WriteBody(Utf8JsonWriter writer, WholeAnswer answer, SecretMask mask)
    {
        var bytes = answer.Bytes.Span;
        if (answer.IsCut || !Utf8.IsValid(bytes))
        {
            var text = Encoding.UTF8.GetString(bytes);
            writer.WritePropertyName("body");
            foreach (var piece in Pieces(answer.IsCut ? mask.Whole(text) : text.Length))
                writer.WriteStringValueSegment(text.AsSpan(piece), isFinalSegment: false);
            writer.WriteStringValueSegment(ReadOnlySpan<char>.Empty, isFinalSegment: true);
            return;
        }

        writer.WritePropertyName("body");
        foreach (var piece in Pieces(bytes.Length))
            writer.WriteStringValueSegment(bytes[piece], isFinalSegment: false);
        writer.WriteStringValueSegment(ReadOnlySpan<byte>.Empty, isFinalSegment: true);
    }

    // The writer sets aside six times of what it is given at once.
    private static IEnumerable<Range> Pieces(int length)
    {
        const int Piece = 16 * 1024;
        for (var at = 0; at < length; at += Piece)
            yield return at..Math.Min(length, at + Piece);
    }

    // As a text and as a value: what is usual in JSON is escaped by one character more. What is not, makes it grow.
    private static int Size(ReadOnlySpan<byte> bytes) =>
        (2 * bytes.Length)
        + bytes.Count((byte)'"')
        + bytes.Count((byte)'\\')
        + bytes.Count((byte)'\n')
        + bytes.Count((byte)'\r')
        + bytes.Count((byte)'\t');

    /// <param name="isJson">It is JSON, as far as it came.</param>
    /// <returns>Why such a body is no value all the same.</returns>
    private static string? Read(WholeAnswer answer, out bool isJson)
    {
        var bytes = answer.Bytes.Span;
        var unbounded = new JsonReaderState(new JsonReaderOptions { MaxDepth = int.MaxValue });
        var reader = new Utf8JsonReader(bytes, isFinalBlock: !answer.IsCut, unbounded);
        var (values, levels) = (0, 0);
        isJson = false;
        try
        {
            while (reader.Read())
            {
                values++;
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    levels = Math.Max(levels, reader.CurrentDepth + 1);
            }
        }
        catch (JsonException)
        {
            return null;
        }

        // Of a text that was cut there is no value yet.
        isJson = values > 0 || bytes.TrimStart(" \t\r\n"u8) is [(byte)'"', ..];
        if (!isJson)
            return null;
        if (answer.IsCut)
            return $"was not read: only the first {ByteSize.Said(bytes.Length)} of the answer are here, see 'max-bytes'. Ask for less, or read 'body'.";
        if (!Utf8.IsValid(bytes))
            return "was not read: it is no UTF-8, as JSON has to be. Read 'body'.";
        if (values > MostValues)
            return "was not read: it has more than a million values. Ask for less, or read 'body'.";
        return levels > DeepestJson
            ? $"was not read: it is nested {levels} levels deep, and {DeepestJson} can be read. Ask for less, or read 'body'."
            : null;
    }

    private static ActionResult.Failed NotSent(string because) => new(FailureClass.NotSent, because);

    private static JsonElement NoAnswer { get; } = JsonSerializer.SerializeToElement(new { ok = false, status = 0 });
}
