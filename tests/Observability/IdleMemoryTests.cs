using Bot.Observability;
using Microsoft.Extensions.Time.Testing;
using Tests.Support;

namespace Tests.Observability;

public sealed class IdleMemoryTests
{
    [Fact]
    public async Task What_a_start_left_behind_is_given_back_when_it_has_become_quiet()
    {
        var clock = new FakeTimeProvider();
        using var memory = new IdleMemory(clock);
        var left = LeaveBehind();
        await memory.StartAsync(default);

        await Until.Holds(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(2));
                return Task.FromResult(!left.IsAlive);
            },
            "the end of what nobody holds"
        );

        await memory.StopAsync(default);
    }

    // In the old generation, where only a full collection finds it.
    private static WeakReference LeaveBehind()
    {
        var left = new byte[32 << 20];
        return new WeakReference(left);
    }
}
