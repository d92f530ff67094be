using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Log;
using Bot.Runs.Actions;
using Bot.Storage;
using Integrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>What runbooks do to their incident, on a real desk: recorded once however often the step is called, or refused with what to do instead.</summary>
public abstract class IncidentActionContract : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Noon);
    private DeskUnderTest bot = null!;
    private ServiceProvider services = null!;
    private int number;

    private protected abstract string NewDatabase();

    public async Task InitializeAsync()
    {
        bot = new DeskUnderTest(NewDatabase(), time);
        services = new ServiceCollection()
            .AddSingleton(bot.Desk)
            .AddSingleton(bot.Get<FileTable>())
            .AddSingleton<IStrangers, Nobody>()
            .BuildServiceProvider();
        await bot.Desk.SubmitAsync(
            new AccessWork(
                (book, now) => AccessDecisions.Invite(book, "anna", Role.Responder, ["oncall"], "hash", now.AddDays(1)),
                Actor.System
            ),
            default
        );
        (number, _) = await bot.Desk.SubmitAsync(new DeclareWork(new Declaration("Checkout is down"), Actor.System), default);
    }

    public async Task DisposeAsync()
    {
        await services.DisposeAsync();
        await bot.DisposeAsync();
    }

    [Fact]
    public async Task The_severity_changes_with_its_reason_and_a_repeat_changes_nothing()
    {
        var action = new SeverityAction(services);
        await SucceedsAsync(action, new { severity = "sev1", reason = "All shops" });
        await SucceedsAsync(action, new { severity = "sev1", reason = "All shops" });

        (await IncidentAsync()).Severity.ShouldBe(Severity.Sev1);
        (await FactsAsync()).ShouldBe(["incident.declared", "incident.severity-changed"]);
    }

    [Fact]
    public async Task A_status_update_and_the_new_state_are_one()
    {
        await SucceedsAsync(
            new StatusAction(services, time),
            new Dictionary<string, string>
            {
                ["text"] = "The rollout was undone",
                ["state"] = "monitoring",
                ["next-update-in"] = "30m",
            }
        );

        (await IncidentAsync()).State.ShouldBe(IncidentState.Monitoring);
        (await FactsAsync()).ShouldBe(["incident.declared", "incident.update-posted", "incident.moved"]);
        (await DataAsync("incident.update-posted")).GetProperty("nextUpdateAt").GetDateTimeOffset().ShouldBe(Noon.AddMinutes(30));
    }

    [Fact]
    public async Task A_state_alone_moves_the_incident()
    {
        await SucceedsAsync(new StatusAction(services, time), new { state = "resolved" });

        (await IncidentAsync()).State.ShouldBe(IncidentState.Resolved);
        (
            await FailsAsync(new StatusAction(services, time), new { state = "monitoring" }, FailureClass.Refused, step: "later")
        ).ShouldContain("resolved");
    }

    [Theory]
    [InlineData("""{ "impact": "all" }""", "'text'")]
    [InlineData("""{ "text": "x", "next-update-in": "soon" }""", "'next-update-in'")]
    public async Task A_status_that_says_nothing_is_not_sent(string with, string named) =>
        (await FailsAsync(new StatusAction(services, time), JsonElement.Parse(with), FailureClass.NotSent)).ShouldContain(named);

    [Fact]
    public async Task A_task_is_somebodys_or_nobodys()
    {
        await SucceedsAsync(new TaskAction(services), new { text = "Ask the vendor", assignee = "@anna" });
        await SucceedsAsync(new TaskAction(services), new { text = "Clean up" }, step: "other");

        (await IncidentAsync()).Tasks.Select(task => (task.Text, task.Assignee)).ShouldBe([("Ask the vendor", "anna"), ("Clean up", null)]);
        (
            await FailsAsync(new TaskAction(services), new { text = "x", assignee = "ana" }, FailureClass.Refused, step: "third")
        ).ShouldContain("Did you mean 'anna'?");
    }

    [Fact]
    public async Task A_call_is_asked_for_once_and_never_for_nobody()
    {
        var action = new PageAction(services);
        await SucceedsAsync(action, new { target = "group:oncall", reason = "It did not help" });
        await SucceedsAsync(action, new { target = "group:oncall", reason = "It did not help" });

        (await FactsAsync()).ShouldBe(["incident.declared", "incident.page-requested"]);
        (await DataAsync("incident.page-requested")).GetProperty("reason").GetString().ShouldBe("It did not help");
        (await FailsAsync(action, new { target = "anna" }, FailureClass.NotSent)).ShouldContain("user:anna");
        (await FailsAsync(action, new { target = "user:bob" }, FailureClass.Refused, step: "bob")).ShouldContain("no such user");
        (await FailsAsync(action, new { target = "group:oncal" }, FailureClass.Refused, step: "group")).ShouldContain("'oncall'");
    }

    [Fact]
    public async Task What_was_done_is_done_again_in_the_next_round_and_what_was_refused_at_the_next_attempt()
    {
        var page = new { target = "group:oncall" };
        foreach (var round in (int[])[0, 0, 1, 1])
            (await CallAsync(new PageAction(services), page, "step", number, round)).ShouldBeOfType<ActionResult.Succeeded>();
        (await FactsAsync()).ShouldBe(["incident.declared", "incident.page-requested", "incident.page-requested"]);

        var task = new { text = "Ask the vendor", assignee = "bob" };
        await FailsAsync(new TaskAction(services), task, FailureClass.Refused, step: "task");
        await bot.Desk.SubmitAsync(
            new AccessWork((book, now) => AccessDecisions.Invite(book, "bob", Role.Responder, [], "other", now.AddDays(1)), Actor.System),
            default
        );
        await SucceedsAsync(new TaskAction(services), task, step: "task");
    }

    [Fact]
    public async Task What_an_attempt_that_was_lost_has_said_is_not_said_again_in_other_words()
    {
        await SucceedsAsync(new NoteAction(services), new { text = "It took 5 s" });
        await SucceedsAsync(new NoteAction(services), new { text = "It took 6 s" });

        (await FactsAsync()).ShouldBe(["incident.declared", "incident.note-added"]);
    }

    [Fact]
    public async Task A_graph_is_kept_and_the_log_names_it_by_its_hash()
    {
        var action = new GraphAction(services, [], new NoDirectory());
        var with = JsonElement.Parse("""{ "title": "Errors", "series": [{ "labels": { "job": "web" }, "points": [[1795521600, 1]] }] }""");
        await SucceedsAsync(action, with);
        await SucceedsAsync(action, with);

        (await FactsAsync()).ShouldBe(["incident.declared", "incident.file-attached"]);
        var fact = await DataAsync("incident.file-attached");
        fact.GetProperty("description").GetString().ShouldBe("blue: job=web");
        var file = await bot.Get<FileTable>().FindAsync(number, fact.GetProperty("hash").GetString()!, default);
        file.ShouldNotBeNull().Content.Length.ShouldBe(fact.GetProperty("size").GetInt32());
        (await bot.Get<FileTable>().FindAsync(number + 1, fact.GetProperty("hash").GetString()!, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_graph_of_too_many_points_is_refused_before_it_is_drawn()
    {
        var points = Enumerable.Repeat(new[] { 1795521600.0, 1 }, 50_001);

        (
            await FailsAsync(
                new GraphAction(services, [], new NoDirectory()),
                new { title = "Errors", series = new[] { new { points } } },
                FailureClass.NotSent
            )
        ).ShouldContain("at most 50000 points in all, and has 50001");
    }

    [Fact]
    public async Task A_run_without_an_incident_says_so_and_changes_nothing()
    {
        var result = await CallAsync(new TaskAction(services), new { text = "Clean up" }, "step", incident: null);

        result.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("posted").GetBoolean().ShouldBeFalse();
        (await FactsAsync()).ShouldBe(["incident.declared"]);
    }

    [Fact]
    public async Task Nobody_is_called_for_no_incident()
    {
        var result = await CallAsync(new PageAction(services), new { target = "user:anna" }, "step", incident: null);

        var failed = result.ShouldBeOfType<ActionResult.Failed>();
        (failed.Class, failed.Because).ShouldBe(
            (
                FailureClass.NotSent,
                "the run belongs to no incident, and people are called for one only: user:anna is not called. Start the runbook for one (--incident inc-42)"
            )
        );
        (await FactsAsync()).ShouldBe(["incident.declared"]);
    }

    private async Task SucceedsAsync(IStepAction action, object with, string step = "step")
    {
        var result = await CallAsync(action, with, step, number);
        result
            .ShouldBeOfType<ActionResult.Succeeded>((result as ActionResult.Failed)?.Because)
            .Result.GetProperty("posted")
            .GetBoolean()
            .ShouldBeTrue();
    }

    private async Task<string> FailsAsync(IStepAction action, object with, FailureClass expected, string step = "step")
    {
        var failed = (await CallAsync(action, with, step, number)).ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(expected, failed.Because);
        return failed.Because;
    }

    private static Task<ActionResult> CallAsync(IStepAction action, object with, string step, int? incident, int round = 0)
    {
        var arguments = JsonSerializer.SerializeToElement(with, ActionJson.Options);
        if (ArgumentSchema.Misfit(action, arguments) is { } misfit)
            return Task.FromResult<ActionResult>(new ActionResult.Failed(FailureClass.NotSent, misfit));
        return action.RunAsync(
            new ActionCall("run-1", step, $"run-1/{step}#{round}", incident, arguments, action.EffectOf(arguments), null, 1, _ => { }),
            CancellationToken.None
        );
    }

    private async Task<Incident> IncidentAsync() => (await bot.Get<IncidentTable>().FindAsync(number, default)).ShouldNotBeNull();

    private async Task<IReadOnlyList<LogEvent>> EventsAsync() =>
        await bot.Get<ILogReader>().OfStreamAsync(StreamId.Incident(number), default);

    private async Task<List<string>> FactsAsync() => [.. (await EventsAsync()).Select(logged => logged.Type)];

    // There is no platform that would ask it.
    private sealed class NoDirectory : IChatDirectory
    {
        public string? PersonOf(string platform, string user) => null;

        public string? UserOf(string platform, string personId) => null;

        public IReadOnlyList<string> GroupsWith(string role) => [];

        public string? RoomOf(string platform, string incident) => null;

        public string? IncidentOf(string platform, string roomId) => null;

        public Task<string?> FindIncidentAsync(string platform, string roomId, CancellationToken cancel) => Task.FromResult<string?>(null);

        public IReadOnlyCollection<string> MarkedIn(string platform, string roomId, string message) => [];
    }

    private async Task<JsonElement> DataAsync(string type) =>
        JsonElement.Parse((await EventsAsync()).Single(logged => logged.Type == type).Data);

    private sealed class Nobody : IStrangers
    {
        public Task<FoundStranger> FindAsync(string name, CancellationToken cancel) => Task.FromResult(new FoundStranger(null, null));
    }
}

public sealed class SqliteIncidentActionTests : IncidentActionContract, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-actions-");

    private protected override string NewDatabase() => $"Data Source={folder.FullName}/incident.db";

    public void Dispose() => folder.Delete(recursive: true);
}

public sealed class PostgresIncidentActionTests : IncidentActionContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
