using Bot.Access;
using Bot.Desk;
using Bot.Runs;
using Bot.Storage;
using Tests.Crash.Host;
using Tests.Support;

namespace Tests.Runs;

/// <summary>
/// A wake is done when what follows from it is durable, not when somebody was told: a run that waits is on the log as waiting, and
/// after a crash in between nobody would look at it again.
/// </summary>
public sealed class CarryOnTests : IAsyncLifetime
{
    private readonly HeldAppends held = new();
    private BotUnderTest bot = null!;
    private HttpClient person = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                "runbook: asks\nsteps: [ { id: act, uses: core/count@1, with: { key: asked }, approve: { need: 1 } } ]",
                "runbook: breathes\nsteps: [ { id: breathe, wait: { for: 1h } } ]",
            ],
            services: services => services.Wrap<IDesk>(held.Around)
        );
        person = await bot.TokenAsync(Role.Admin);
    }

    public async Task DisposeAsync()
    {
        held.Open();
        await bot.DisposeAsync();
    }

    [Fact]
    public async Task One_that_is_driven_already_is_woken_when_the_decided_step_has_its_place_on_the_log()
    {
        var run = await StartedRun.OfAsync(bot, person, "asks");
        var asked = await run.AskedAsync("approval");
        var reached = held.Close();
        await run.DecideAsync("act", "approve", asked);
        await reached;

        var woken = bot.Get<RunConductor>().CarryOnAsync(run.Id, take: true, default);

        woken.IsCompleted.ShouldBeFalse();
        held.Open();
        await woken;
        (await bot.Get<RunTable>().FindAsync(run.Id, default))!.Steps["act"].Attempts.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task One_that_nobody_drives_is_woken_when_its_next_wake_is_durable()
    {
        var run = await StartedRun.OfAsync(bot, person, "breathes");
        var reached = held.Close();

        var woken = bot.Get<RunConductor>().CarryOnAsync(run.Id, take: true, default);
        await reached;

        woken.IsCompleted.ShouldBeFalse();
        held.Open();
        await woken;
    }

    /// <summary>While it is closed, what drives of runs write waits.</summary>
    private sealed class HeldAppends
    {
        private TaskCompletionSource gate = new();
        private TaskCompletionSource reached = new();

        public HeldAppends() => gate.SetResult();

        /// <returns>Ends when something waits.</returns>
        public Task Close()
        {
            (gate, reached) = (New(), New());
            return reached.Task;
        }

        public void Open() => gate.TrySetResult();

        public IDesk Around(IDesk desk) => new Desk(desk, this);

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        private sealed class Desk(IDesk inner, HeldAppends held) : IDesk
        {
            public async Task<T> SubmitAsync<T>(DeskWork<T> work, CancellationToken cancel)
            {
                if (work is AppendRunWork)
                {
                    held.reached.TrySetResult();
                    await held.gate.Task;
                }

                return await inner.SubmitAsync(work, cancel);
            }
        }
    }
}
