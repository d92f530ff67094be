using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Bot.Desk;
using Bot.Log;
using Bot.Observability;
using Integrations;

namespace Bot.Intake;

/// <summary>
/// <c>POST /alerts/{source}[/{route}]</c>: verify over the raw bytes, parse, hand to the desk, answer when it is on disk. It
/// stands before all other middleware: it has its own authentication, and in a storm it is the only thing that runs.
/// Never 4xx for our own trouble and never 429, since Alertmanager repeats only after 5xx.
/// </summary>
internal sealed partial class IntakeEndpoint(
    AlertSources sources,
    ConfigShelf config,
    IntakeDesk intake,
    IDesk desk,
    IIdSource ids,
    IntakeCounters counters,
    ILogger<IntakeEndpoint> logger
)
{
    public const int MaxBody = 32 << 20;

    private const int MaxProblems = 20;
    private const int MaxShown = 80;

    private static readonly byte[] AcceptedBegin = "{\"delivery\":\""u8.ToArray();

    public async Task HandleAsync(HttpContext context)
    {
        if (!TryPath(context.Request.Path.Value, out var name, out var route))
        {
            await ProblemAsync(context, StatusCodes.Status404NotFound, "No such source", "Post to /alerts/SOURCE or /alerts/SOURCE/ROUTE.");
            return;
        }

        var source = sources.Find(name);
        var early = source is { Kind.SignsBody: false } ? source.Verify(Request(context, default)) : null;
        if (source is null || (early is null && !source.Kind.SignsBody))
        {
            await StrangerAsync(context, source);
            return;
        }

        byte[]? body;
        try
        {
            body = await ReadBodyAsync(context);
        }
        catch (BadHttpRequestException e) when (e.StatusCode is not StatusCodes.Status413PayloadTooLarge)
        {
            counters.Refused(name, "broken off");
            await ProblemAsync(context, StatusCodes.Status400BadRequest, "The body broke off", "Send it again, whole.");
            return;
        }
        catch (BadHttpRequestException)
        {
            body = null;
        }

        if (body is null)
        {
            counters.Refused(sources.Find(name) is null ? "(unknown)" : name, "too large");
            await ProblemAsync(context, StatusCodes.Status413PayloadTooLarge, "The body is too large", $"Send at most {MaxBody >> 20} MB.");
        }
        else if ((early ?? source.Verify(Request(context, body))) is { } verified)
        {
            await AcceptAsync(context, source, route, body, verified);
        }
        else
        {
            await StrangerAsync(context, source);
        }
    }

    private static AlertRequest Request(HttpContext context, ReadOnlyMemory<byte> body) =>
        new(header => context.Request.Headers[header], body);

    // An unknown source and a wrong token look the same from outside: names are not to be guessed.
    private Task StrangerAsync(HttpContext context, ConfiguredSource? source)
    {
        counters.Refused(source?.Name ?? "(unknown)", "not authenticated");
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return ProblemAsync(
            context,
            StatusCodes.Status401Unauthorized,
            "Not authenticated",
            "Send the source's token: Authorization: Bearer TOKEN."
        );
    }

    private async Task AcceptAsync(HttpContext context, ConfiguredSource source, string? routeName, byte[] body, string verified)
    {
        var id = ids.NewId();
        using var span = Traces
            .Source.StartActivity("delivery", ActivityKind.Internal)
            ?.SetTag("incident.delivery", id)
            .SetTag("incident.source", source.Name);
        var headers = MaskedHeaders.Write(context.Request.Headers);
        try
        {
            if (context.Request.Headers.ContentEncoding.ToString() is { Length: > 0 } coding && coding is not "identity")
            {
                // RFC 9110, section 15.5.16: the sender is told what it may send instead.
                context.Response.Headers.AcceptEncoding = "identity";
                var problem = new FieldProblem("Content-Encoding", coding, "Send the JSON as it is, not compressed.");
                await RefuseAsync(context, id, source, headers, body, [problem], StatusCodes.Status415UnsupportedMediaType);
                return;
            }

            var (answer, problems) = await intake.TakeAsync(id, source, routeName, headers, body, verified);
            if (problems is not null)
            {
                await RefuseAsync(context, id, source, headers, body, problems);
                return;
            }

            WriteAccepted(context, answer);
            await context.Response.BodyWriter.FlushAsync();
        }
        catch (StoreUnavailableException e)
        {
            counters.Refused(source.Name, "store unavailable");
            Log.Unavailable(logger, source.Name, e.Message);
            context.Response.Headers.RetryAfter = "5";
            await ProblemAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "Not recorded",
                "The bot cannot write to its database. Send it again."
            );
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.Broke(logger, id, source.Name, e);
            await KeepBrokenAsync(context, id, source, headers, body, e);
        }
    }

    private async Task RefuseAsync(
        HttpContext context,
        string id,
        ConfiguredSource source,
        byte[] headers,
        byte[] body,
        IReadOnlyList<FieldProblem> problems,
        int status = StatusCodes.Status400BadRequest
    )
    {
        // Ten thousand alerts with the same fault are told by the first of them.
        if (problems.Count > MaxProblems)
            problems =
            [
                .. problems.Take(MaxProblems),
                new FieldProblem("body", null, $"{problems.Count - MaxProblems} more problems are not listed."),
            ];
        problems =
        [
            .. problems.Select(problem =>
                problem.Value is { Length: > MaxShown } value ? problem with { Value = value[..MaxShown] + "…" } : problem
            ),
        ];
        var (stored, encoding) = IntakeDesk.Compress(body);
        await desk.SubmitAsync(
            new RejectedDeliveryWork(id, source.Name, headers, stored, encoding, "rejected", problems, config.Current.Routes.AnyPrivate),
            CancellationToken.None
        );
        counters.Refused(source.Name, "unparsable");
        var first = problems[0];
        var detail = first.Value is null ? $"{first.Field}: {first.Fix}" : $"{first.Field} is '{first.Value}'. {first.Fix}";
        await ProblemAsync(context, status, "The alert cannot be read; it is kept", detail, id, problems);
    }

    // A delivery that breaks our own code is kept for a look, and the sender is asked to come again: the fault may be mended by then.
    private async Task KeepBrokenAsync(HttpContext context, string id, ConfiguredSource source, byte[] headers, byte[] body, Exception e)
    {
        var problem = new FieldProblem(
            "delivery",
            null,
            $"It broke the bot: {e.GetType().Name}. Please report it with this delivery's id."
        );
        try
        {
            var (stored, encoding) = IntakeDesk.Compress(body);
            await desk.SubmitAsync(
                new RejectedDeliveryWork(id, source.Name, headers, stored, encoding, "failed", [problem], config.Current.Routes.AnyPrivate),
                CancellationToken.None
            );
        }
        catch (StoreUnavailableException lost)
        {
            Log.Unavailable(logger, source.Name, lost.Message);
        }

        counters.Refused(source.Name, "failed");
        await ProblemAsync(context, StatusCodes.Status503ServiceUnavailable, "Not decided", problem.Fix, id);
    }

    private static void WriteAccepted(HttpContext context, DeliveryAnswer answer)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status202Accepted;
        response.ContentType = "application/json";
        Span<byte> text = stackalloc byte[128];
        AcceptedBegin.CopyTo(text);
        var length = AcceptedBegin.Length;
        length += Encoding.UTF8.GetBytes(answer.Delivery, text[length..]);
        "\",\"alerts\":"u8.CopyTo(text[length..]);
        length += "\",\"alerts\":"u8.Length;
        answer.Alerts.TryFormat(text[length..], out var digits);
        length += digits;
        text[length++] = (byte)'}';
        response.ContentLength = length;
        text[..length].CopyTo(response.BodyWriter.GetSpan(length));
        response.BodyWriter.Advance(length);
    }

    private static bool TryPath(string? path, out string source, out string? route)
    {
        var parts = path!["/alerts/".Length..].Split('/', 3);
        source = parts[0];
        route = parts.Length > 1 ? parts[1] : null;
        return source.Length > 0 && parts.Length < 3 && route is not "";
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpContext context)
    {
        var cancel = context.RequestAborted;
        if (context.Request.ContentLength is > MaxBody)
            return null;
        if (context.Request.ContentLength is { } length)
        {
            var exact = new byte[length];
            await context.Request.Body.ReadExactlyAsync(exact, cancel);
            return exact;
        }

        using var gathered = new MemoryStream();
        var piece = new byte[16 << 10];
        int read;
        while ((read = await context.Request.Body.ReadAsync(piece, cancel)) > 0)
        {
            if (gathered.Length + read > MaxBody)
                return null;
            gathered.Write(piece, 0, read);
        }

        return gathered.ToArray();
    }

    /// <summary>RFC 9457.</summary>
    private static Task ProblemAsync(
        HttpContext context,
        int status,
        string title,
        string detail,
        string? delivery = null,
        IReadOnlyList<FieldProblem>? problems = null
    )
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.WriteAsync(
            JsonSerializer.Serialize(
                new
                {
                    type = "about:blank",
                    title,
                    status,
                    detail,
                    delivery,
                    errors = problems,
                },
                FactJson.Options
            )
        );
    }

    private static partial class Log
    {
        [LoggerMessage(101, LogLevel.Error, "A delivery from {Source} was not recorded: {Error}")]
        public static partial void Unavailable(ILogger logger, string source, string error);

        [LoggerMessage(102, LogLevel.Error, "Delivery {Delivery} from {Source} broke on its way and is kept")]
        public static partial void Broke(ILogger logger, string delivery, string source, Exception e);
    }
}
