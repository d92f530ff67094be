using Runbooks.Actions;
using Runbooks.Running;

namespace Tests.Runbooks;

/// <summary>The time of a step is over whose action waited for something that it could see.</summary>
public sealed class TimeOverTests
{
    [Theory]
    [InlineData(StepEffect.Read, "", 1, FailureClass.Refused)]
    [InlineData(StepEffect.Idempotent, "", 1, FailureClass.Unknown)]
    [InlineData(StepEffect.Read, ", retry: { attempts: 2, delay: 1ms, on: [not-sent, unknown] }", 1, FailureClass.Refused)]
    [InlineData(StepEffect.Read, ", retry: { attempts: 2, delay: 1ms }", 2, FailureClass.Refused)]
    [InlineData(StepEffect.Idempotent, ", retry: { attempts: 2, delay: 1ms }", 2, FailureClass.Unknown)]
    public async Task What_was_last_seen_is_told_and_only_who_asks_for_it_has_it_waited_for_again(
        StepEffect effect,
        string retry,
        int calls,
        FailureClass expected
    )
    {
        var bench = Run(effect, retry, ["0 of 2 pods are ready", "1 of 2 pods are ready"]);

        var last = (await bench.DriveAsync()).Steps["first"].Attempts[^1];

        bench.Calls.ShouldBe(calls);
        (last.Class, last.Because).ShouldBe((expected, "within 200ms it was not done: 1 of 2 pods are ready"));
    }

    [Fact]
    public async Task What_is_not_seen_any_more_is_no_answer()
    {
        var bench = Run(StepEffect.Read, ", retry: { attempts: 1 }", ["0 of 2 pods are ready", null]);

        var last = (await bench.DriveAsync()).Steps["first"].Attempts[^1];

        (last.Class, last.Because).ShouldBe((FailureClass.Unknown, "no answer within 200ms"));
    }

    private static OneRun Run(StepEffect effect, string retry, string?[] sees) =>
        new(runbook: $"runbook: r\nsteps:\n  - {{ id: first, uses: test/moves@1, timeout: 200ms{retry} }}")
        {
            Effect = effect,
            Does = async (call, cancel) =>
            {
                foreach (var seen in sees)
                    call.Waits.For(seen);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
                return ActionResult.Success("done");
            },
        };
}
