using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

/// <summary>
/// What is there of a kind, and then each change of it: listed once, and watched from there. A watch that the API server ends is taken
/// up where it ended; one whose past it has forgotten (410) begins anew with a list; one that breaks off is tried again a few times.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
/// However long it goes on, it keeps as much as one list may have.
/// </summary>
/// <param name="fields">A field selector, as <c>metadata.name=web</c>.</param>
/// <param name="only">The UID of the one that matters, if only one does.</param>
internal sealed class KubernetesWatch(KubernetesCalls calls, Resource resource, string fields, string? only = null) : IAsyncDisposable
{
    // The pauses between them make a minute, as long as an API server may take to start again.
    private const int Tries = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(16);

    private readonly Dictionary<string, JsonElement> there = new(StringComparer.Ordinal);
    private long size;
    private string? version;
    private bool reached;
    private bool watched;
    private int failures;
    private Turn? turn;

    /// <summary>Waits for one object.</summary>
    /// <param name="outcome">What came of it, null: not yet; and in words what is seen of it.</param>
    /// <param name="atLatest">Looked at again after so long also if nothing has changed.</param>
    public static async Task<ActionResult> UntilAsync(
        KubernetesCalls calls,
        Resource resource,
        string name,
        Func<JsonElement, (ActionResult? Over, string Seen)> outcome,
        TimeSpan? atLatest = null
    )
    {
        await using var watch = new KubernetesWatch(calls, resource, $"metadata.name={name}");
        var known = false;
        while (true)
        {
            var found = await watch.NextAsync(atLatest);
            if (found.Count == 0)
                return new ActionResult.Failed(
                    FailureClass.Refused,
                    known
                        ? $"it was deleted while it was waited for: {resource.Said(name)}"
                        : $"there is no such thing (404): {resource.Said(name)}"
                );
            known = true;
            var (over, seen) = outcome(found.Single());
            calls.WaitsFor(seen);
            if (over is not null)
                return over;
        }
    }

    /// <summary>At first what is there; then again as soon as something has changed.</summary>
    /// <param name="atLatest">After so long also if nothing has.</param>
    /// <exception cref="WatchLostException">The watch broke off and could not be taken up again.</exception>
    public async Task<IReadOnlyCollection<JsonElement>> NextAsync(TimeSpan? atLatest = null)
    {
        while (true)
        {
            try
            {
                if (await ChangedAsync(atLatest))
                    return there.Values;
            }
            catch (Exception fault) when ((reached || Status(fault) is 429 or 503) && IsLost(fault))
            {
                // The end of the step's time is no fault of a call that happens to be under way, or of one that its timer has let begin.
                if (OutwardHttp.IsTooLate(fault))
                    await Task.Delay(Timeout.InfiniteTimeSpan, calls.Time, calls.Cancel);
                calls.Cancel.ThrowIfCancellationRequested();
                if (turn is { Stood: true })
                    failures = 0;
                await EndAsync();
                await RetryAsync(fault);
            }
        }
    }

    public ValueTask DisposeAsync() => EndAsync();

    private async Task<bool> ChangedAsync(TimeSpan? atLatest)
    {
        if (version is null)
        {
            await ListAsync();
            return true;
        }

        turn ??= new Turn(calls, resource, fields, version, Watched);
        if (atLatest is { } limit && !await turn.WithinAsync(limit))
            return true;
        if (await turn.NextAsync() is { } change)
        {
            failures = 0;
            return Take(change.Type, change.Object);
        }

        // The API server ends each after a while. One that ends them at once is not asked in a hurry.
        var stood = turn.Stood;
        await EndAsync();
        failures = 0;
        if (!stood)
            await Task.Delay(Pause, calls.Time, calls.Cancel);
        return false;
    }

    private void Watched()
    {
        watched = true;
        calls.SeesAgain();
    }

    private async Task ListAsync()
    {
        var list = await calls.ListAsync(resource, fields);
        there.Clear();
        size = 0;
        foreach (var one in list.GetProperty("items").EnumerateArray())
            Keep(one);
        version = Version(list);
        reached = true;
    }

    private bool Take(WatchEventType type, JsonElement one)
    {
        version = Version(one);
        if (type is WatchEventType.Bookmark)
            return false;
        return type is WatchEventType.Deleted ? Drop(Uid(one)) : Keep(one);
    }

    private bool Keep(JsonElement one)
    {
        var uid = Uid(one);
        if (only is not null && uid != only)
            return false;
        Drop(uid);
        there[uid] = one;
        size += Size(one);
        return size <= OutwardApi.LargestAnswer
            ? true
            : throw new WatchLostException(
                $"more than {OutwardApi.LargestAnswer / 1_000_000} MB of {resource.Plural} are there by now, which is more than is kept"
            );
    }

    private bool Drop(string uid)
    {
        if (!there.Remove(uid, out var gone))
            return false;
        size -= Size(gone);
        return true;
    }

    private async Task RetryAsync(Exception fault)
    {
        if (Status(fault) is 410)
            version = null;
        var because = Words(fault);
        if (++failures == Tries)
            throw new WatchLostException(
                $"the watch on {resource.Plural} broke off and could not be taken up again, {Tries} times: {because}",
                fault
            );
        calls.Output($"the watch on {resource.Plural} is taken up again: {because}");
        calls.LostSight();
        await Task.Delay(TimeSpan.FromSeconds(Math.Min(Math.Pow(2, failures - 1), LongestPause.TotalSeconds)), calls.Time, calls.Cancel);
    }

    private async ValueTask EndAsync()
    {
        if (turn is { } over)
            await over.DisposeAsync();
        turn = null;
    }

    private bool IsLost(Exception fault) =>
        Status(fault) switch
        {
            // An API server that has just started does not know yet who may do what; who may not any more is told so at the last try.
            401 or 403 => watched && failures < Tries - 1,
            { } status => status is 410 or 429 or >= 500,
            null => fault
                is CallLostException
                    or JsonException
                    or HttpRequestException
                    or IOException
                    or SocketException
                    or OperationCanceledException,
        };

    private static int? Status(Exception fault) =>
        fault switch
        {
            HttpOperationException answer => (int)answer.Response.StatusCode,
            KubernetesException error => error.Status?.Code ?? 500,
            _ => null,
        };

    private static string Words(Exception fault) =>
        fault switch
        {
            HttpOperationException answer => $"the answer was {(int)answer.Response.StatusCode}: {ApiStatus.Said(answer.Response.Content)}",
            KubernetesException error => error.Status?.Message ?? error.Message,
            OperationCanceledException => $"nothing came any more, not even its end after {Turn.Length.TotalSeconds:0} s",
            JsonException => "what came cannot be read",
            HttpRequestException { InnerException: IOException inner } => $"the answer broke off: {inner.Message}",
            _ => OutwardHttp.Sentence(fault),
        };

    private static int Size(JsonElement one) => JsonMarshal.GetRawUtf8Value(one).Length;

    private static string Uid(JsonElement one) => one.GetProperty("metadata").GetProperty("uid").GetString()!;

    private static string? Version(JsonElement one) => one.GetProperty("metadata").GetProperty("resourceVersion").GetString();

    /// <summary>One watch. The API server is asked to end it after a while: a dead connection, on which nothing comes any more, is found soon after.</summary>
    private sealed class Turn : IAsyncDisposable
    {
        private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);
        private readonly CancellationTokenSource limit;
        private readonly CancellationTokenSource stop;
        private readonly TimeProvider time;
        private readonly IAsyncEnumerator<(WatchEventType, JsonElement)> events;
        private long? begun;
        private Task<bool>? next;

        public Turn(KubernetesCalls calls, Resource resource, string fields, string version, Action watched)
        {
            time = calls.Time;
            limit = new CancellationTokenSource(Length + Grace, time);
            stop = CancellationTokenSource.CreateLinkedTokenSource(calls.Cancel, limit.Token);
            events = calls
                .WatchAsync(
                    (k, failed, c) =>
                        k.CustomObjects.WatchListClusterCustomObjectAsync(
                            resource.Group,
                            resource.Version,
                            resource.Path,
                            allowWatchBookmarks: true,
                            fieldSelector: fields,
                            resourceVersion: version,
                            timeoutSeconds: (int)Length.TotalSeconds,
                            onError: failed,
                            cancellationToken: c
                        ),
                    () =>
                    {
                        begun = time.GetTimestamp();
                        watched();
                    }
                )
                .GetAsyncEnumerator(stop.Token);
        }

        public static TimeSpan Length { get; } = TimeSpan.FromMinutes(1);

        /// <summary>It was there for a while: that it ends or breaks off is no failure to take it up.</summary>
        public bool Stood => begun is { } since && time.GetElapsedTime(since) > Length / 2;

        /// <returns>False: nothing has come by then; it is still waited for.</returns>
        public async Task<bool> WithinAsync(TimeSpan wait)
        {
            next ??= events.MoveNextAsync().AsTask();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            await Task.WhenAny(next, Task.Delay(wait, time, over.Token));
            await over.CancelAsync();
            return next.IsCompleted || stop.IsCancellationRequested;
        }

        /// <returns>Null: the API server has ended it.</returns>
        public async Task<(WatchEventType Type, JsonElement Object)?> NextAsync()
        {
            next ??= events.MoveNextAsync().AsTask();
            try
            {
                if (!await next)
                    return null;
            }
            catch (HttpRequestException fault) when (fault.InnerException is EndOfStreamException)
            {
                // So the client calls one that ended before anything came.
                return null;
            }

            next = null;
            return events.Current;
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            if (next is { } pending)
                await ((Task)pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await events.DisposeAsync();
            stop.Dispose();
            limit.Dispose();
        }
    }
}
