using System.Text.Json;
using Runbooks.Planning;
using Runbooks.Running;

namespace Tests.Runbooks;

public sealed class RunOutlineTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 25, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_run_reads_in_the_order_of_its_definition_whatever_began_first()
    {
        var definition = Bench.Read(
            """
            runbook: r
            inputs:
              hosts: { type: list, default: [] }
            steps:
              - { id: zero, wait: { for: 5m } }
              - id: both
                parallel:
                  - { id: right, uses: test/read@1 }
                  - { id: left, uses: test/read@1 }
              - { id: each, for-each: "${{ inputs.hosts }}", uses: test/read@1 }
              - { id: done, uses: test/read@1 }
            finally:
              - { id: after, uses: test/read@1 }
            """
        );

        Lines(RunWith(definition.Name, "each[10]", "left", "each[2]", "each", "right", "each[2].undo", "zero", "both"))
            .ShouldBe([
                "0 zero",
                "0 both",
                "1 right",
                "1 left",
                "0 each",
                "1 each[2]",
                "2 each[2].undo",
                "1 each[10]",
                "0 done (to come)",
                "0 after (to come)",
            ]);

        IEnumerable<string> Lines(RunState state) =>
            RunOutline.Of(definition, state).Select(line => $"{line.Depth} {line.Path}{(line.State is null ? " (to come)" : "")}");
    }

    [Fact]
    public void Without_its_definition_what_began_is_told()
    {
        RunOutline.Of(null, RunWith("r", "b", "a[1]", "a")).Select(line => line.Path).ShouldBe(["a", "a[1]", "b"]);
    }

    private static RunState RunWith(string runbook, params IReadOnlyList<string> steps)
    {
        var none = JsonSerializer.SerializeToElement(new { });
        var state = new RunState
        {
            Id = "run-1",
            Runbook = runbook,
            Hash = "h",
            Inputs = none,
            StartedBy = "user:anna",
            StartedAt = At,
            Node = "one",
            Epoch = 1,
        };
        return state with { Steps = state.Steps.AddRange(steps.Select(step => KeyValuePair.Create(step, StepState.Fresh))) };
    }
}
