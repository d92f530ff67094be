using System.Diagnostics;

namespace Tests.Support;

/// <summary>Waits for what comes by itself: looks again and again, and after a generous while says what was last seen.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    /// <param name="look">Null: not yet.</param>
    /// <param name="what">What is waited for, as the end of "… did not come".</param>
    /// <param name="seen">What to show if it does not come.</param>
    /// <param name="patience">Null: a minute and a half.</param>
    public static async Task<T> Comes<T>(Func<Task<T?>> look, string what, Func<Task<string>>? seen = null, TimeSpan? patience = null)
        where T : class
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (await look() is { } found)
                return found;
            if (waited.Elapsed > (patience ?? Patience))
                throw new TimeoutException($"{what} did not come. {(seen is null ? "" : await seen())}");
            await Task.Delay(Glance, TimeProvider.System);
        }
    }

    public static Task Holds(Func<Task<bool>> look, string what, Func<Task<string>>? seen = null, TimeSpan? patience = null) =>
        Comes(async () => await look() ? what : null, what, seen, patience);
}
