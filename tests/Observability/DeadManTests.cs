using Bot.Observability;
using Bot.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Tests.Support;

namespace Tests.Observability;

/// <summary>The signal that somebody outside listens for, at a real receiver.</summary>
public sealed class DeadManTests : IAsyncLifetime
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private readonly FakeTimeProvider time = new();
    private readonly ServiceProvider clients = new ServiceCollection().AddHttpClient().BuildServiceProvider();
    private StoreHealth health = null!;
    private Bell bell = null!;
    private DeadManSignal signal = null!;

    public async Task InitializeAsync()
    {
        bell = await Bell.StartAsync();
        health = new StoreHealth(time);
        signal = new DeadManSignal(
            clients.GetRequiredService<IHttpClientFactory>(),
            health,
            Options.Create(new DeadManOptions { Url = bell.Address + "/alive", Every = Every }),
            time,
            NullLogger<DeadManSignal>.Instance
        );
    }

    public async Task DisposeAsync()
    {
        await signal.StopAsync(default);
        signal.Dispose();
        await bell.DisposeAsync();
        await clients.DisposeAsync();
    }

    [Fact]
    public async Task It_comes_again_and_again_also_after_a_refusal()
    {
        await signal.StartAsync(default);
        var first = await bell.NextAsync();
        first.Line.ShouldBe("POST /alive");
        first.Answer(500);

        (await NextAsync()).Answer(200);
        (await NextAsync()).Answer(200);
    }

    [Fact]
    public async Task It_is_silent_while_nothing_can_be_recorded_and_comes_again_afterwards()
    {
        health.Ill("the disk is full");
        await signal.StartAsync(default);
        var next = bell.NextAsync();
        for (var i = 0; i < 10; i++)
            time.Advance(Every);
        next.IsCompleted.ShouldBeFalse();

        health.Well();

        await Until.Holds(
            () =>
            {
                time.Advance(Every);
                return Task.FromResult(next.IsCompleted);
            },
            "the signal"
        );
        (await next).Answer(200);
    }

    // The sender may not yet wait when time moves; it is moved until the signal comes.
    private async Task<Bell.Call> NextAsync()
    {
        var next = bell.NextAsync();
        await Until.Holds(
            () =>
            {
                time.Advance(Every);
                return Task.FromResult(next.IsCompleted);
            },
            "the signal"
        );
        return await next;
    }
}
