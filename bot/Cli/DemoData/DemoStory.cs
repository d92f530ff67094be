using System.Runtime.CompilerServices;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Paging;
using Runbooks.Running;

namespace Bot.Cli.DemoData;

/// <summary>How far people get with it.</summary>
internal enum DemoEnd
{
    /// <summary>Repaired, resolved, mostly closed.</summary>
    Over,

    /// <summary>Somebody was called and has not answered yet.</summary>
    Unheard,

    /// <summary>Its run waits for somebody's decision.</summary>
    Undecided,

    /// <summary>The cause is known, and people work on it.</summary>
    Unsolved,
}

/// <summary>One incident from its alert, or a person's report, to what is left to do; everything through the desk.</summary>
internal sealed class DemoStory(
    DemoTrouble trouble,
    DemoEnd ends,
    IDesk desk,
    DemoStage stage,
    DemoClock clock,
    DemoChance chance,
    DemoAlerts alerts,
    Func<DemoRun> newRun
)
{
    private static readonly string[] People = ["anna", "bob", "chen", "dana", "emil", "fatima", "george", "hana"];
    private static readonly PageTarget Called = new("role", "responder");

    private readonly string lead = chance.Of(People);
    private int incident;

    private string Helper => chance.OtherOf(People, lead);

    public async IAsyncEnumerable<TimeSpan> ReportedAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        var run = newRun();
        if (await run.LabelsAsync(trouble.Runbook!, cancel) is not { } tested)
            yield break;
        var labels = new Dictionary<string, string>(tested);
        foreach (var (name, value) in trouble.Labels)
            labels[name] = value;
        var startsAt = clock.GetUtcNow() - chance.Minutes(1, 5);
        var alert = await alerts.SendAsync(trouble, labels, startsAt, firing: true, cancel);
        incident = alert.Incident!.Value;
        yield return chance.Seconds(1, 3);
        await DoAsync(Actor.System, new IncidentCommand.Record(new IncidentFact.PageSent(Called, "console", 1)), cancel);
        if (ends is DemoEnd.Unheard)
            yield break;
        yield return chance.Minutes(0.5, 7);
        await TakeAsync(cancel);
        await SayAsync(lead, trouble.Seen, cancel);
        yield return chance.Minutes(0.5, 3);
        var approvers = ends is DemoEnd.Undecided ? [] : new[] { Helper, lead };
        stage.Add(clock.GetUtcNow(), run.GoAsync(trouble.Runbook!, incident, alert, Actor.User(lead), approvers, cancel));
        await foreach (var pause in TellAsync(cancel))
            yield return pause;
        while (run.End is null)
            yield return TimeSpan.FromMinutes(1);
        if (run.End is not RunPhase.Succeeded)
        {
            await SayAsync(Helper, "The runbook did not get through; we go on by hand.", cancel);
            yield return chance.Minutes(5, 30);
            await DoAsync(Actor.User(Helper), new IncidentCommand.AddNote(trouble.Fix), cancel);
        }

        await MoveAsync(IncidentState.Monitoring, null, cancel);
        yield return chance.Minutes(2, 12);
        await alerts.SendAsync(trouble, labels, startsAt, firing: false, cancel);
        await foreach (var pause in EndAsync(cancel))
            yield return pause;
    }

    public async IAsyncEnumerable<TimeSpan> ToldAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        var reporter = Helper;
        var (number, _) = await desk.SubmitAsync(
            new DeclareWork(
                new Declaration(
                    trouble.Title,
                    IncidentWords.SeverityFrom(trouble.Severity)!.Value,
                    Service: trouble.Service,
                    ImpactStartedAt: clock.GetUtcNow() - chance.Minutes(5, 50)
                ),
                Actor.User(reporter)
            ),
            cancel
        );
        incident = number;
        yield return chance.Minutes(1, 4);
        await TakeAsync(cancel);
        if (ends is DemoEnd.Over && chance.In(8))
        {
            await SayAsync(lead, "I cannot see it on any of our own graphs, and neither can support.", cancel);
            yield return chance.Minutes(10, 30);
            await MoveAsync(IncidentState.Cancelled, "it was the browser of one customer", cancel);
            yield break;
        }

        await SayAsync(reporter, trouble.Seen, cancel);
        await foreach (var pause in TellAsync(cancel))
            yield return pause;
        if (ends is DemoEnd.Unsolved)
            yield break;
        yield return chance.Minutes(10, 60);
        await DoAsync(Actor.User(lead), new IncidentCommand.AddNote(trouble.Fix), cancel);
        await MoveAsync(IncidentState.Monitoring, null, cancel);
        yield return chance.Minutes(5, 40);
        await foreach (var pause in EndAsync(cancel))
            yield return pause;
    }

    private async Task TakeAsync(CancellationToken cancel)
    {
        await DoAsync(Actor.User(lead), new IncidentCommand.Acknowledge(), cancel);
        await DoAsync(Actor.User(lead), new IncidentCommand.AssignRole(IncidentRole.Commander, lead), cancel);
        await MoveAsync(IncidentState.Investigating, null, cancel);
    }

    private async IAsyncEnumerable<TimeSpan> TellAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        yield return chance.Minutes(1, 4);
        var loud = trouble.Severity is "critical" or "error" or "sev1" or "sev2";
        if (loud)
        {
            await DoAsync(Actor.User(lead), new IncidentCommand.AssignRole(IncidentRole.CommsLead, Helper), cancel);
            await DoAsync(
                Actor.User(lead),
                new IncidentCommand.PostUpdate(
                    trouble.Seen,
                    trouble.Impact,
                    "We look for the cause",
                    clock.GetUtcNow() + TimeSpan.FromMinutes(30)
                ),
                cancel
            );
            yield return chance.Minutes(1, 5);
        }

        var expert = Helper;
        await SayAsync(expert, trouble.Cause, cancel);
        yield return chance.Minutes(0.5, 2);
        await MoveAsync(IncidentState.Identified, null, cancel);
        if (chance.In(20))
        {
            await DoAsync(Actor.User(lead), new IncidentCommand.AddTask("Tell support what to answer", expert), cancel);
            yield return chance.Minutes(1, 5);
            await DoAsync(Actor.User(expert), new IncidentCommand.FinishTask(1), cancel);
        }
    }

    private async IAsyncEnumerable<TimeSpan> EndAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        // By itself if its route says so.
        await MoveAsync(IncidentState.Resolved, trouble.Fix, cancel);
        yield return chance.Hours(1, 30);
        await DoAsync(Actor.User(lead), new IncidentCommand.AddTask(trouble.After, chance.Of(People)), cancel);
        if (chance.In(30))
            yield break;
        yield return chance.Hours(20, 120);
        var open = (await desk.SubmitAsync(new FindIncidentWork(incident), cancel))!.Tasks.FindAll(task => !task.Done);
        foreach (var task in open)
            await DoAsync(Actor.User(task.Assignee ?? lead), new IncidentCommand.FinishTask(task.Number), cancel);
        await MoveAsync(IncidentState.Closed, null, cancel);
    }

    private Task SayAsync(string person, string text, CancellationToken cancel) =>
        DoAsync(Actor.User(person), new IncidentCommand.PostMessage(text), cancel);

    private Task MoveAsync(IncidentState to, string? reason, CancellationToken cancel) =>
        DoAsync(Actor.User(lead), new IncidentCommand.Move(to, reason), cancel);

    private async Task DoAsync(Actor by, IncidentCommand command, CancellationToken cancel)
    {
        var decision = await desk.SubmitAsync(new IncidentWork(incident, command, by), cancel);
        // A route may end an incident earlier, or make another one of it, than the story thinks.
        if (decision is Decision.Rejected { Why: not Rejection.AlreadyOver and var why })
            throw new InvalidOperationException($"inc-{incident}: {why.Sentence}");
    }
}
