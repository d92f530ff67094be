using Bot.Access;
using Bot.Log;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>A route calls people of the workspace by name who have never used the bot.</summary>
public sealed class StrangerStories : SlackStory
{
    private Person carl = null!;
    private Person dora = null!;
    private Person erik = null!;
    private string dba = "";

    private protected override string Routes =>
        """
            routes:
              - name: shop
                severity: sev2
                page:
                  targets: ["user:carl", "user:dora@example.com", "user:nobody", "user:gus"]
                  every: 5m
                  attempts: 3
            """;

    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: call-in
                summary: Call whom only the chat knows
                steps:
                  - { id: one, uses: incident/page@1, with: { target: "user:carl" } }
                  - { id: all, uses: incident/page@1, with: { target: "group:dba" } }
                  - { id: nobody, uses: incident/page@1, with: { target: "user:carol" } }
                """,
        ];

    private protected override void Furnish()
    {
        (carl, dora, erik) = (Slack.AddPerson("carl"), Slack.AddPerson("dora"), Slack.AddPerson("erik"));
        Slack.AddPerson("anna.web");
        dba = Slack.AddGroup("dba", erik).Id;
    }

    [Fact]
    public async Task They_are_found_by_handle_or_by_e_mail_address_and_who_is_not_is_told_of()
    {
        await Bot.DeliverAsync(Payload.Alertmanager("shop", 0, ("pod-1", true, TimeProvider.System.GetUtcNow())));
        // No route names them: those whom one does are looked for before anybody can be invited.
        foreach (var invited in new[] { "erik@example.com", "anna.web" })
        {
            await Bot.LinkAsync(invited, Role.Responder);
            await PageAsync(invited);
        }

        foreach (var person in new[] { carl, dora, erik })
            await Slack.Direct(person).ExpectsCard("YOU ARE CALLED: inc-1", "Down: pod-1 is down");
        await TellsOf("Could not call user:nobody: nobody in Slack has the handle nobody");
        await TellsOf("Could not call user:gus: gus in slack may do nothing here: see Chat:Roles:Guests");
        await TellsOf("Called user:anna.web by console: anna.web was invited here by a name, by which slack knows nobody for certain");
        // Whoever was invited by their address is the same person here and there.
        await Erik("/incident lead inc-1 me", "erik@example.com is commander");
    }

    [Fact]
    public async Task Who_cannot_be_called_stands_on_the_health_page_before_anybody_has_to_be()
    {
        var reader = await Bot.PersonAsync("vera", Role.Viewer);
        await Until.Holds(
            async () =>
                (await reader.GetStringAsync(new Uri("/health", UriKind.Relative))).Contains(
                    "user:nobody, whom shop of the routes would call, cannot be called: nobody in Slack has the handle nobody",
                    StringComparison.Ordinal
                ),
            "the unknown name on the health page"
        );
        (await reader.GetStringAsync(new Uri("/health", UriKind.Relative))).ShouldNotContain("user:carl,");
    }

    [Fact]
    public async Task While_slack_does_not_say_who_they_are_they_are_looked_for_again()
    {
        // The look at the start is over.
        await Until.Holds(() => Task.FromResult(Slack.Calls.Of("users.lookupByEmail").Count >= 1), "a look at the start");
        var fritz = Slack.AddPerson("fritz");
        Slack.Faults.Next("users.lookupByEmail", new Fault.Status(503), new Fault.RateLimited(1));
        await Anna.Types("/incident declare Mail is stuck");
        await PageAsync("fritz@example.com");
        await Slack.Direct(fritz).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
    }

    [Fact]
    public async Task Who_is_called_by_a_command_is_found_as_well()
    {
        await Anna.Types("/incident declare Mail is stuck");
        await (await Slack.ExpectsChannel("inc-1")).ExpectsCard("inc-1: Mail is stuck");

        (await Anna.Types("/incident page user:carl we need you", "inc-1")).ShouldBe("Calling user:carl.");
        await Slack.Direct(carl).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        (await Anna.Types("/incident page dora@example.com", "inc-1")).ShouldBe("Calling user:dora.");
        await Slack.Direct(dora).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        (await Anna.Types("/incident page carol", "inc-1")).ShouldBe(
            "target 'carol' is not valid. There is no such user. Did you mean 'carl'? The page /people has them all. "
                + "Nor in chat: nobody in Slack has the handle carol."
        );
        (await Anna.Types("/incident page gus", "inc-1")).ShouldContain("Nor in chat: gus in slack may do nothing here");
    }

    [Fact]
    public async Task A_runbook_calls_people_and_groups_whom_only_slack_knows()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");

        (await Anna.Types("/incident run call-in", "inc-1")).ShouldContain("call-in");

        await Slack.Direct(carl).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await channel.ExpectsCard("YOU ARE CALLED", $"<!subteam^{dba}>");
        await TellsOf(
            "There is no such user. Did you mean 'carl'? The page /people has them all. Nor in chat: nobody in Slack has the handle carol."
        );
    }

    private Task<global::Bot.Incidents.Decision> PageAsync(string name) =>
        Bot.Get<global::Bot.Desk.IDesk>()
            .SubmitAsync(
                new global::Bot.Desk.IncidentWork(
                    1,
                    new global::Bot.Incidents.IncidentCommand.Call(new global::Bot.Paging.PageTarget("user", name), null),
                    Actor.User("anna")
                ),
                default
            );

    private async Task Erik(string line, string fact)
    {
        await erik.Types(line);
        await TellsOf(fact);
    }

    private Task TellsOf(string part) =>
        Until.Holds(
            async () => (await TimelineAsync()).Any(line => line.Contains(part, StringComparison.Ordinal)),
            $"'{part}' on the timeline",
            async () => string.Join('\n', await TimelineAsync())
        );
}
