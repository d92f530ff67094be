using Bot;
using Bot.Access;
using Bot.Commands;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Log;
using Bot.Paging;
using Bot.Storage;
using Bot.Timeline;
using Integrations;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Tests.Commands;

/// <summary>What people type, through the whole bot on a real database.</summary>
public sealed class CommandDispatcherTests : IAsyncLifetime
{
    private static readonly Caller Anna = new(Actor.User("anna"), Role.Admin, []);
    private static readonly Caller Victor = new(Actor.User("victor"), Role.Viewer, []);
    private WebApplication bot = null!;

    public async Task InitializeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("incident-commands-").FullName;
        bot = BotHost.Build([new("Storage:ConnectionString", $"Data Source={folder}/incident.db")], quiet: true);
        var (invited, _) = await Get<AccessDesk>().InviteAsync("bob", Role.Responder, ["oncall"], Actor.System, default);
        invited.Accepted.ShouldBeTrue(invited.Text);
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Theory]
    [InlineData("/incident commander @vera")]
    [InlineData("/incident handover @vera")]
    [InlineData("/incident role deputy @vera")]
    public async Task Who_may_only_look_cannot_be_given_the_lead(string line)
    {
        await Get<AccessDesk>().InviteAsync("vera", Role.Viewer, [], Actor.System, default);
        await SayAsync("/incident declare Checkout is down", null);

        (await RefusedAsync(line, 1)).ShouldContain("incident user invite vera --role responder");
        await SayAsync("/incident role scribe @vera", 1);
    }

    [Fact]
    public async Task An_incident_is_led_from_declaration_to_the_postmortem()
    {
        (await SayAsync("/incident declare Checkout is down --severity 2 --service shop", null)).ShouldContain("inc-1");
        foreach (
            var line in new[]
            {
                "/incident ack",
                "/inc lead me",
                "/incident severity sev1",
                "/incident role scribe @bob",
                "/incident note It began with the deploy --at -10m",
                "/incident impact-start -10m",
                "/incident task Call the vendor --for @bob",
                "/incident task done 1",
                "/incident update We know the cause <b>",
                "I am looking at it",
                "/incident identify",
                "/incident monitor",
                "/incident resolve It holds",
                "/incident status",
                "/incident close",
            }
        )
            await SayAsync(line, 1);

        var incident = await Get<IncidentTable>().FindAsync(1, default);
        incident.ShouldNotBeNull().State.ShouldBe(IncidentState.Closed);
        (incident.Severity, incident.Commander).ShouldBe((Severity.Sev1, "anna"));
        var told = await SayAsync("/incident timeline", 1);
        told.ShouldContain("anna is commander");
        var draft = await SayAsync("/incident postmortem", 1);
        draft.ShouldContain("| Time to resolve | first resolved − impact started |");
        draft.ShouldContain("&lt;b&gt;");
        (await Get<ChainCheck>().OfIncidentAsync(1, default)).ShouldAllBe(verdict => verdict.Fault == null);
    }

    [Theory]
    [InlineData("/incident lead @bop", "Did you mean 'bob'?")]
    [InlineData("/incident role scribe carol", "There is no such user.")]
    [InlineData("/incident task Call the vendor --for bo", "Did you mean 'bob'?")]
    [InlineData("/incident task assign 1 @rob", "Did you mean 'bob'?")]
    [InlineData("/incident page boob", "Did you mean 'bob'?")]
    [InlineData("/incident page group:oncal", "Did you mean 'oncall'?")]
    [InlineData("/incident page role:boss", "role:responder")]
    [InlineData("/incident page --person bop", "Did you mean 'bob'?")]
    [InlineData("/incident page --group oncal", "Did you mean 'oncall'?")]
    [InlineData("/incident page --person @bob --group oncall", "one at a time")]
    [InlineData("/incident role scribe --person bop", "Did you mean 'bob'?")]
    public async Task A_name_that_nobody_has_is_refused(string line, string hint)
    {
        await SayAsync("/incident declare Fire", null);
        await SayAsync("/incident task Look", 1);

        (await RefusedAsync(line, 1)).ShouldContain(hint);
    }

    [Theory]
    [InlineData("/incident lead", "anna")]
    [InlineData("/incident lead me", "anna")]
    [InlineData("/incident ic to @BOB", "bob")]
    [InlineData("/incident commander bob", "bob")]
    [InlineData("/incident role lead @bob", "bob")]
    public async Task The_lead_is_taken_and_handed_over_in_every_spelling(string line, string commander)
    {
        await SayAsync("/incident declare Fire", null);
        await SayAsync(line, 1);
        var before = (await Get<IncidentTable>().FindAsync(1, default)).ShouldNotBeNull();
        await SayAsync(line, 1);

        before.Commander.ShouldBe(commander);
        (await Get<IncidentTable>().FindAsync(1, default))
            .ShouldNotBeNull()
            .Version.ShouldBe(before.Version, "a double click is no second fact");
    }

    [Fact]
    public async Task Who_is_called_sees_it_and_how_often()
    {
        var policy = new IncidentPolicy(false, TimeSpan.Zero, [new PageTarget("group", "oncall")], TimeSpan.FromMinutes(5), 3);
        await Get<IDesk>().SubmitAsync(new DeclareWork(new Declaration("Fire", Policy: policy), Actor.System), default);
        var calls = Get<OpenCalls>();

        var call = (await calls.OfIncidentAsync(1, default)).ShouldHaveSingleItem();
        (call.Made, call.Limit, call.IsLast).ShouldBe((0, 3, false));
        (await calls.ForAsync(new Caller(Actor.User("bob"), Role.Responder, ["oncall"]), default)).Count.ShouldBe(1);
        (await calls.ForAsync(Anna, default)).ShouldBeEmpty();
        await SayAsync("/incident ack", 1);
        (await calls.OfIncidentAsync(1, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_says_what_to_do()
    {
        (await RefusedAsync("/incident sevrity 1", null)).ShouldBe("There is no command 'sevrity'. Did you mean /incident severity?");
        (await RefusedAsync("/incident ack", null)).ShouldContain("inc-1");
        (await RefusedAsync("/incident ack", 7)).ShouldBe("There is no incident inc-7.");
        (await RefusedAsync("/remind me", null)).ShouldContain("/incident help");
        (await RefusedAsync("/incident declare", null)).ShouldContain("TITLE");
        (await Dispatcher.DispatchAsync(Victor, "/incident declare Fire", null, null, default)).Text.ShouldBe(
            "This needs the role responder. Ask bob."
        );
    }

    [Fact]
    public async Task Of_what_people_write_no_word_is_lost()
    {
        await SayAsync("/incident declare --private Mail --fast is stuck --severity 2", null);
        await SayAsync("/incident note ran kubectl --force delete pod x --at -10m", 1);
        await SayAsync("/incident resolve --because of rain", 1);

        var incident = (await Get<IncidentTable>().FindAsync(1, default)).ShouldNotBeNull();
        incident.Title.ShouldBe("Mail --fast is stuck");
        incident.Private.ShouldBeTrue();
        incident.Severity.ShouldBe(Severity.Sev2);
        var told = await SayAsync("/incident timeline", 1);
        told.ShouldContain("Note: ran kubectl --force delete pod x");
        told.ShouldContain("--because of rain");
    }

    [Fact]
    public async Task The_same_input_twice_is_one_command()
    {
        var key = new IdempotencyKey("user:anna", "message-1", "/incident declare Fire");

        var first = await Dispatcher.DispatchAsync(Anna, "/incident declare Fire", null, key, default);
        var second = await Dispatcher.DispatchAsync(Anna, "/incident declare Fire", null, key, default);

        second.Text.ShouldBe(first.Text);
        (await Get<IncidentTable>().ListAsync(new IncidentQuery(), default)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_merge_typed_in_a_channel_names_the_other_incident()
    {
        await SayAsync("/incident declare Fire", null);
        await SayAsync("/incident declare The same fire", null);

        await SayAsync("/incident merge inc-1", 2);

        (await Get<IncidentTable>().FindAsync(2, default)).ShouldNotBeNull().MergedInto.ShouldBe(1);
    }

    [Fact]
    public async Task The_help_names_every_command()
    {
        var help = await SayAsync("/incident help", null);

        foreach (var command in Get<CommandSet>().All)
            help.ShouldContain($"/incident {command.Word}");
    }

    [Fact]
    public async Task The_empty_command_shows_what_can_be_done_now()
    {
        await SayAsync("/incident declare Fire", null);

        var tray = await Dispatcher.DispatchAsync(Anna, "/incident", 1, null, default);

        tray.Card.ShouldNotBeNull().Buttons.Select(button => button.Command).ShouldContain("/incident ack inc-1");
        tray.Card.Fields.ShouldContain(field => field.Name == "Commander" && field.Value.StartsWith("NOBODY", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_is_repeated_until_somebody_acknowledges()
    {
        var policy = new IncidentPolicy(false, TimeSpan.Zero, [new PageTarget("user", "bob")], TimeSpan.FromMilliseconds(50), 100);
        await Get<IDesk>().SubmitAsync(new DeclareWork(new Declaration("Fire", Policy: policy), Actor.System), default);
        var runner = bot.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<EffectRunner>().Single();
        await runner.StartAsync(default);

        await UntilAsync(async () => (await TypesAsync()).Count(type => type == "incident.page-sent") >= 3);
        await SayAsync("/incident ack", 1);
        await UntilAsync(async () => (await Get<EffectTable>().CountsAsync(TimeProvider.System.GetUtcNow(), default)).Overdue == 0);
        await runner.StopAsync(default);
    }

    private CommandDispatcher Dispatcher => Get<CommandDispatcher>();

    private T Get<T>()
        where T : notnull => bot.Services.GetRequiredService<T>();

    private async Task<string> SayAsync(string text, int? incident)
    {
        var reply = await Dispatcher.DispatchAsync(Anna, text, incident, null, default);
        reply.Accepted.ShouldBeTrue($"{text}: {reply.Text}");
        return reply.Text;
    }

    private async Task<string> RefusedAsync(string text, int? incident)
    {
        var reply = await Dispatcher.DispatchAsync(Anna, text, incident, null, default);
        reply.Accepted.ShouldBeFalse();
        return reply.Text;
    }

    private async Task<IEnumerable<string>> TypesAsync() =>
        (await Get<TimelineReader>().ReadAllAsync(1, default)).Select(entry => entry.Type);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
    }

    [Theory]
    [InlineData("error is \"connection refused\"  on  db", "error is \"connection refused\"  on  db")]
    [InlineData("\"all of it\"", "all of it")]
    [InlineData("“all of it”", "all of it")]
    [InlineData("\"the first\" and \"the last\"", "\"the first\" and \"the last\"")]
    [InlineData("full — really, or – —perhaps", "full — really, or – —perhaps")]
    [InlineData("disk is \"full\" —at 20m ago", "disk is \"full\"")]
    [InlineData("–at “20m” disk is full", "disk is full")]
    public async Task Free_text_stays_as_it_was_typed_and_dashes_and_quotes_of_phones_are_read(string typed, string kept)
    {
        await SayAsync("/incident declare Fire ―― —severity sev1", null);
        await SayAsync("/incident note " + typed, 1);
        (await Get<IncidentTable>().FindAsync(1, default))!.Severity.ShouldBe(Severity.Sev1);
        (await Get<TimelineReader>().ReadAllAsync(1, default)).ShouldContain(entry => entry.Text == "Note: " + kept);
    }

    [Theory]
    [InlineData("The error is \"connection refused\"  on  db")]
    [InlineData("\"down\"")]
    [InlineData("\"down\" --next now \"")]
    [InlineData("“down” it said")]
    [InlineData("two\n\nlines — and \"\"")]
    public async Task What_a_form_is_answered_with_stays_as_it_is(string answer)
    {
        await SayAsync("/incident declare Fire", null);
        KeyValuePair<string, string>[] answers = [new("positional.text", answer), new("option.impact", answer), new("option.next", answer)];
        await SayAsync(TypedCommand.From("/incident update", answers), 1);
        (await Get<IncidentTable>().FindAsync(1, default))!.LastUpdate.ShouldBe(answer);
        var told = (await Get<TimelineReader>().ReadAllAsync(1, default))[^1].Text;
        (told.Split(answer).Length - 1).ShouldBe(3, told);
    }
}
