using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// Infrastructure that can be acted on over HTTP and counts what was done to it. <c>POST /NAME</c> has an effect each time, but
/// for a repeat with the same idempotency key; <c>GET /NAME</c> says how many there were.
/// </summary>
internal sealed class CountingTarget : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Action<Call>? after;
    private readonly ConcurrentDictionary<string, Counts> counts = new(StringComparer.Ordinal);

    private CountingTarget(WebApplication app, Action<Call>? after)
    {
        this.app = app;
        this.after = after;
    }

    public string Address => app.Urls.First();

    public int Port => new Uri(Address).Port;

    /// <summary>Names that were acted on, with the number of effects.</summary>
    public IReadOnlyDictionary<string, int> Effects =>
        counts.ToDictionary(one => one.Key, one => one.Value.Effects, StringComparer.Ordinal);

    /// <param name="after">Called when the effect is counted and the answer is still to come.</param>
    public static async Task<CountingTarget> StartAsync(Action<Call>? after = null)
    {
        var target = new CountingTarget(Loopback.Web().Build(), after);
        target.app.Run(target.TakeAsync);
        await target.app.StartAsync();
        return target;
    }

    public int EffectsOf(string name) => counts.TryGetValue(name, out var known) ? known.Effects : 0;

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var name = context.Request.Path.Value!.TrimStart('/');
        var acts = !HttpMethods.IsGet(context.Request.Method);
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        var known = counts.GetOrAdd(name, _ => new Counts());
        if (acts)
            known.Act(key);
        after?.Invoke(new Call(name, context.Request.Query["part"].ToString(), acts, key));
        await context.Response.WriteAsJsonAsync(new { count = known.Effects });
    }

    /// <param name="Part">As <c>?part=</c> says; empty without.</param>
    internal sealed record Call(string Name, string Part, bool Acts, string Key);

    private sealed class Counts
    {
        private readonly HashSet<string> keys = new(StringComparer.Ordinal);
        private int effects;

        public int Effects => Volatile.Read(ref effects);

        public void Act(string key)
        {
            lock (keys)
            {
                if (key.Length == 0 || keys.Add(key))
                    effects++;
            }
        }
    }
}
