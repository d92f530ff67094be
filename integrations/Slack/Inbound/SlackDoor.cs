using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Integrations.Slack.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Integrations.Slack.Inbound;

/// <summary>
/// Slack over HTTP: events with their verification and repeats, slash commands, interactions, options. One door in effect, at
/// four paths, since apps name up to four addresses; what came is told by its content. Everything is signed.
/// </summary>
internal sealed partial class SlackDoor(
    SlackOptions options,
    SlackInbound inbound,
    SlackAfterwards afterwards,
    TimeProvider time,
    ILogger<SlackDoor> logger
) : IWebDoor
{
    private const int MaxBody = 1 << 20;

    public static IReadOnlyList<string> Doors { get; } = ["/slack/events", "/slack/commands", "/slack/interactivity", "/slack/options"];

    public IReadOnlyList<string> Paths => Doors;

    public async Task HandleAsync(HttpContext context)
    {
        if (!options.IsOn || options.SigningSecret.Length == 0)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        if (await ReadAsync(context) is not { } body)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        var headers = context.Request.Headers;
        if (
            !SlackSignature.Verify(
                options.SigningSecret,
                headers["X-Slack-Request-Timestamp"],
                headers["X-Slack-Signature"],
                body,
                time.GetUtcNow()
            )
        )
        {
            Log.NotSigned(logger, context.Request.Path);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        try
        {
            await AnswerAsync(context, body);
        }
        catch (UnreadableException e)
        {
            Log.NotRead(logger, e);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        // Our own trouble: Slack sends events again after a 5xx, and shows people that their command did not work.
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            Log.NotTaken(logger, e);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private async Task AnswerAsync(HttpContext context, byte[] body)
    {
        var cancel = context.RequestAborted;
        if (context.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) is true)
        {
            using var json = Json(body);
            if (json.RootElement.Text("type") is "url_verification")
                await WriteAsync(context, new { challenge = json.RootElement.Text("challenge") });
            else
                await inbound.EventAsync(json.RootElement, cancel);
            return;
        }

        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body));
        if (form.TryGetValue("payload", out var payload))
        {
            using var json = Json(Encoding.UTF8.GetBytes(payload.ToString()));
            await SendAsync(context, await inbound.InteractionAsync(json.RootElement.Clone(), cancel));
        }
        // Slack only looks whether the certificate is in order.
        else if (!form.ContainsKey("ssl_check"))
        {
            await SendAsync(
                context,
                await inbound.CommandAsync(name => form.TryGetValue(name, out var value) ? value.ToString() : null, cancel)
            );
        }
    }

    private static JsonDocument Json(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException e)
        {
            throw new UnreadableException("It is no JSON", e);
        }
    }

    private async Task SendAsync(HttpContext context, Acknowledgement answer)
    {
        if (answer.Payload is not null)
            await WriteAsync(context, answer.Payload);
        if (answer.After is { } after)
        {
            context.Response.OnCompleted(() =>
            {
                afterwards.Begin(after);
                return Task.CompletedTask;
            });
        }
    }

    private static async Task WriteAsync(HttpContext context, object answer)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType(), SlackJson.Options);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MaxBody)
            return null;
        var reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > MaxBody)
                return null;
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(730, LogLevel.Warning, "A request to {Path} was not signed by Slack, or long ago")]
        public static partial void NotSigned(ILogger logger, string path);

        [LoggerMessage(731, LogLevel.Warning, "A signed request of Slack is no JSON")]
        public static partial void NotRead(ILogger logger, Exception e);

        [LoggerMessage(732, LogLevel.Error, "A request of Slack could not be taken in; Slack is told so")]
        public static partial void NotTaken(ILogger logger, Exception e);
    }
}
