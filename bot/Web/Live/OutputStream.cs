using System.Globalization;
using System.Text;
using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Runs;
using Bot.Storage;
using Bot.Web.Api;

namespace Bot.Web.Live;

/// <summary>
/// Writes the lines of a run as server-sent events: those that are there and those that come, each with its number as <c>id</c>, so that a
/// resume misses none and repeats none. After the last line of a run that is over it says <c>end</c>.
/// </summary>
internal sealed class OutputStream(IRunOutput output, RunTable runs, Visibility visibility, AccessState access, TimeProvider time)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    // The last lines are written beside the log, a moment after the run's end; another node's are seen by looking again.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    public async Task WriteAsync(HttpResponse response, Caller caller, string run, long after, CancellationToken cancel)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        var book = access.Current;
        var (said, wrote) = (time.GetTimestamp(), time.GetTimestamp());
        await foreach (var batch in output.FollowAsync(run, after, cancel))
        {
            if (batch.Count > 0)
            {
                foreach (var line in batch)
                    await response.Body.WriteAsync(Frame(line), cancel);
                said = wrote = time.GetTimestamp();
            }
            else
            {
                // Who may do what has changed, or the incident is no longer to be seen: come back and be looked at afresh.
                if (access.Current != book || await RunsApi.FindAsync(runs, visibility, caller, run, cancel) is not { } state)
                    return;
                if (state.IsOver && time.GetElapsedTime(wrote) > Quiet)
                {
                    await response.WriteAsync("event: end\ndata: {}\n\n", cancel);
                    return;
                }

                if (time.GetElapsedTime(said) < KeepAlive && response.HasStarted)
                    continue;
                await response.WriteAsync(": nothing new\n\n", cancel);
                said = time.GetTimestamp();
            }

            await response.Body.FlushAsync(cancel);
        }
    }

    private static byte[] Frame(OutputLine line)
    {
        var json = JsonSerializer.Serialize(OutputAnswer.Of(line), ApiJson.Options);
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: line\nid: {line.N}\ndata: {json}\n\n"));
    }
}
