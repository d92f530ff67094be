using System.Buffers;
using System.Text;
using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Bot.Storage;

namespace Bot.Web.Live;

/// <summary>
/// Writes the log as server-sent events: each fact with its position as <c>id</c>, and every so often how far was looked, so
/// that a resume does not look again at what the caller may not see.
/// </summary>
internal sealed class LogStream(LogFanout fanout, ILogReader log, Visibility visibility, AccessState access, TimeProvider time)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private const int Page = 500;

    /// <param name="after">Null: from now on.</param>
    /// <param name="incident">Only facts of this incident and its runs.</param>
    public async Task WriteAsync(HttpResponse response, Caller caller, long? after, int? incident, CancellationToken cancel)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        using var listener = fanout.Listen();
        var book = access.Current;
        var position = Math.Min(after ?? listener.From, listener.From);
        if (after is null)
            position = listener.From;
        await LookedAtAsync(response, position, cancel);

        while (position < listener.From)
        {
            var facts = await log.AfterAsync(position, Page, cancel);
            if (facts.Count == 0)
                break;
            foreach (var fact in facts)
                await WriteAsync(response, caller, fact, incident, cancel);
            position = facts[^1].Position;
            await LookedAtAsync(response, position, cancel);
        }

        await FollowAsync(response, caller, book, listener, position, incident, cancel);
    }

    private async Task FollowAsync(
        HttpResponse response,
        Caller caller,
        AccessBook book,
        LogFanout.Listener listener,
        long position,
        int? incident,
        CancellationToken cancel
    )
    {
        // One wait is kept over keep-alives: a channel allows a single reader.
        var more = listener.Facts.WaitToReadAsync(cancel).AsTask();
        while (true)
        {
            using var tick = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var first = await Task.WhenAny(more, Task.Delay(KeepAlive, time, tick.Token));
            await tick.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            // Who may do what has changed: everybody comes back with their last id, and is looked at afresh.
            if (access.Current != book)
                return;
            if (first != more)
            {
                await LookedAtAsync(response, position, cancel);
                continue;
            }

            if (!await more)
                return;
            while (listener.Facts.TryRead(out var fact))
            {
                if (fact.Position <= position)
                    continue;
                await WriteAsync(response, caller, fact, incident, cancel);
                position = fact.Position;
            }

            await response.Body.FlushAsync(cancel);
            more = listener.Facts.WaitToReadAsync(cancel).AsTask();
        }
    }

    private async Task WriteAsync(HttpResponse response, Caller caller, LogEvent fact, int? incident, CancellationToken cancel)
    {
        if (incident is { } wanted && fact.Incident != wanted)
            return;
        if (fact.Stream == StreamId.Access ? !caller.May(Role.Admin) : !await visibility.MaySeeAsync(caller, fact.Incident, cancel))
            return;
        await response.Body.WriteAsync(Frame(fact), cancel);
    }

    private static Task LookedAtAsync(HttpResponse response, long position, CancellationToken cancel) =>
        response.WriteAsync($"event: keep-alive\nid: {position}\ndata: {{\"position\":{position}}}\n\n", cancel);

    private static ReadOnlyMemory<byte> Frame(LogEvent fact)
    {
        var buffer = new ArrayBufferWriter<byte>(512 + fact.Data.Length);
        buffer.Write(Encoding.UTF8.GetBytes($"event: fact\nid: {fact.Position}\ndata: "));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("position", fact.Position);
            json.WriteString("stream", fact.Stream.Value);
            json.WriteNumber("version", fact.Version);
            json.WriteString("type", fact.Type);
            json.WriteString("happenedAt", fact.HappenedAt.UtcDateTime);
            json.WriteString("recordedAt", fact.RecordedAt.UtcDateTime);
            json.WriteString("actor", fact.Actor.ToString());
            if (fact.Incident is { } number)
                json.WriteString("incident", StreamId.Incident(number).Value);
            else
                json.WriteNull("incident");
            json.WritePropertyName("data");
            // Parsed and written again: stored JSON may hold line breaks, which would end the event.
            using (var data = JsonDocument.Parse(fact.Data))
                data.RootElement.WriteTo(json);
            json.WriteEndObject();
        }

        buffer.Write("\n\n"u8);
        return buffer.WrittenMemory;
    }
}
