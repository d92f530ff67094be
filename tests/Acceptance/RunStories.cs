namespace Tests.Acceptance;

public sealed class RunStories : Scenario
{
    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: restart-web
                summary: Restart the web server
                on: { alert: { match: { alertname: BackendDown }, mode: propose } }
                inputs:
                  host: { type: string, default: web-1 }
                steps:
                  - id: restart
                    uses: core/count@1
                    with: { key: "${{ inputs.host }}" }
                    effect: once
                    approve: { need: 1, expires: 20m }
                  - id: tell
                    uses: incident/note@1
                    with: { text: "${{ inputs.host }} was restarted." }
                """,
        ];

    [Fact]
    public async Task A_proposed_runbook_is_started_approved_and_told()
    {
        await Alert("BackendDown").Fires();
        await Channel("inc-1").Tells("Runbook restart-web is proposed", startsWith: true);

        var run = RunIn(await Anna.Types("/incident run restart-web host=web-2"));
        await Anna.IsRefused($"/incident approve {run} restart", "This needs the role approver. Ask olga.");
        await Olga.Types($"/incident approve {run} restart --reason traffic is low");

        await Channel("inc-1").Tells("Step restart was approved by user:olga: traffic is low");
        await Channel("inc-1").Tells("Note: web-2 was restarted.");
        await Channel("inc-1").Tells($"Repaired: runbook restart-web succeeded ({run})");
    }

    [Fact]
    public async Task A_denied_step_ends_the_run()
    {
        await Anna.Types("/incident declare The web is slow", channel: null);
        var run = RunIn(await Anna.Types("/incident run restart-web"));
        await Olga.Types($"/incident deny {run} restart --reason not during the sale");

        await Channel("inc-1").Tells("Step restart was denied by user:olga: not during the sale");
        await Channel("inc-1").Tells($"Runbook restart-web failed ({run})", startsWith: true);
    }

    [Fact]
    public async Task A_run_is_stopped()
    {
        await Anna.Types("/incident declare The web is slow", channel: null);
        var run = RunIn(await Anna.Types("/incident run restart-web"));
        await Bruno.Types($"/incident stop {run} wrong host");

        await Channel("inc-1").Tells("user:bruno asked to stop the run: wrong host");
        await Channel("inc-1").Tells($"Runbook restart-web cancelled ({run})", startsWith: true);
    }

    [Fact]
    public async Task Resolving_the_incident_takes_the_question_back()
    {
        await Anna.Types("/incident declare The web is slow", channel: null);
        var run = RunIn(await Anna.Types("/incident run restart-web"));
        await Anna.Types("/incident resolve it went away");

        await Channel("inc-1").Tells($"Runbook restart-web cancelled ({run})", startsWith: true);
        await Olga.IsRefused($"/incident approve {run} restart", $"The run {run} is over.");
    }

    private static string RunIn(string reply) => reply[reply.IndexOf("run-", StringComparison.Ordinal)..];
}
