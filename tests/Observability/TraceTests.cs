using System.Collections.Concurrent;
using System.Diagnostics;
using Bot.Access;
using Tests.Support;

namespace Tests.Observability;

/// <summary>One trace tells the way of an alert: delivery, decision, what followed from it, and the steps that ran.</summary>
public sealed class TraceTests : IDisposable
{
    private const string Runbook = """
        runbook: repair
        on: { alert: { match: { alertname: Down }, mode: auto } }
        steps:
          - id: count
            uses: core/count@1
            with: { key: repaired }
        """;

    private readonly ConcurrentQueue<Activity> ended = new();
    private readonly ActivityListener listener;

    public TraceTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Incident",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task From_the_delivery_over_the_decision_and_its_effect_to_the_step()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [Runbook]);
        var admin = await bot.TokenAsync(Role.Admin);

        var delivery = await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("web-1", true, DateTimeOffset.UnixEpoch.AddYears(56))));
        await bot.UntilAsync(async () =>
            (await BotUnderTest.JsonAsync(admin, "/api/v1/runs?state=over")).GetProperty("items").GetArrayLength() == 1 ? admin : null
        );

        var root = await Until.Comes(() => Find(span => span.GetTagItem("incident.delivery") as string == delivery), "the delivery's span");
        var step = await Until.Comes(
            () => Find(span => span.OperationName is "step count" && span.TraceId == root.TraceId),
            "the step's span in its trace"
        );
        Ancestors(step).ShouldBe(["effect runbooks.consider", "AlertDeliveryWork", "delivery"]);
        step.Status.ShouldBe(ActivityStatusCode.Ok);
        step.GetTagItem("incident.attempt").ShouldBe(1);
    }

    private Task<Activity?> Find(Func<Activity, bool> fits) => Task.FromResult(ended.FirstOrDefault(fits));

    // Those of ours; the request of the web server stands above them where that is traced as well.
    private List<string> Ancestors(Activity span)
    {
        var names = new List<string>();
        while (ended.FirstOrDefault(other => other.SpanId == span.ParentSpanId) is { } parent)
        {
            names.Add(parent.OperationName);
            span = parent;
        }

        return names;
    }
}
