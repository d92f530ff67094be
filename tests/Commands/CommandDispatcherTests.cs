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
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Tests.Commands;

/// <summary>What people type, through the whole bot on a real database.</summary>
public sealed class CommandDispatcherTests : IAsyncLifetime
{
    private static readonly Caller Anna = new(Actor.User("anna"), Role.Admin, []);
    private static readonly Caller Victor = new(Actor.User("victor"), Role.Viewer, []);
    private WebApplication bot = null!;

    public Task InitializeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("incident-commands-").FullName;
        bot = BotHost.Build([new("Storage:ConnectionString", $"Data Source={folder}/incident.db")], quiet: true);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

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

    [Fact]
    public async Task A_refusal_says_what_to_do()
    {
        (await RefusedAsync("/incident sevrity 1", null)).ShouldBe("There is no command 'sevrity'. Did you mean /incident severity?");
        (await RefusedAsync("/incident ack", null)).ShouldContain("inc-1");
        (await RefusedAsync("/incident ack", 7)).ShouldBe("There is no incident inc-7.");
        (await RefusedAsync("/remind me", null)).ShouldContain("/incident help");
        (await RefusedAsync("/incident declare", null)).ShouldContain("TITLE");
        (await Dispatcher.DispatchAsync(Victor, "/incident declare Fire", null, null, default)).Text.ShouldBe(
            "This needs the role responder."
        );
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

        tray.Card.ShouldNotBeNull().Buttons.Select(button => button.Command).ShouldContain("/incident ack");
        tray.Card.Fields.ShouldContain(field => field.Name == "Commander" && field.Value.StartsWith("NOBODY", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_is_repeated_until_somebody_acknowledges()
    {
        var policy = new IncidentPolicy(false, TimeSpan.Zero, [new PageTarget("user", "anna")], TimeSpan.FromMilliseconds(50), 100);
        await Get<IDesk>().SubmitAsync(new DeclareWork(new Declaration("Fire", Policy: policy), Actor.System), default);
        var runner = bot.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<EffectRunner>().Single();
        await runner.StartAsync(default);

        await UntilAsync(async () => (await TypesAsync()).Count(type => type == "incident.page-sent") >= 3);
        await SayAsync("/incident ack", 1);
        await UntilAsync(async () => (await Get<EffectTable>().CountsAsync(TimeProvider.System.GetUtcNow(), default)).Pending == 0);
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
}
