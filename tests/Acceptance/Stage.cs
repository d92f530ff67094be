using Bot.Storage;
using Microsoft.Extensions.Time.Testing;
using Tests.Support;

namespace Tests.Acceptance;

/// <summary>A whole bot and its clock, which stands still until the story says otherwise.</summary>
internal sealed class Stage(BotUnderTest bot, FakeTimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // The outbox looks at least this often, by its own clock.
    private static readonly TimeSpan LooksAgain = TimeSpan.FromSeconds(30);

    public BotUnderTest Bot => bot;

    public FakeTimeProvider Time => time;

    /// <summary>Until everything that is due by now was carried out: calls, runs, what follows from them.</summary>
    public async Task SettlesAsync()
    {
        var effects = bot.Get<EffectTable>();
        var signal = bot.Get<ILogSignal>();
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var position = signal.Position;
            if ((await effects.CountsAsync(time.GetUtcNow(), limit.Token)).Overdue == 0)
                return;
            try
            {
                await signal.WaitPastAsync(position, limit.Token).WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System);
            }
            catch (TimeoutException)
            {
                // It was about to wait when the clock was moved, and waits by that clock.
                time.Advance(LooksAgain);
            }
        }
    }

    public async Task PassesAsync(TimeSpan span)
    {
        await SettlesAsync();
        time.Advance(span);
        await SettlesAsync();
    }
}
