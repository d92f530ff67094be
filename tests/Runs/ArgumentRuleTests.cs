using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Bot.Parts;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>What an expression brings is held against the rules of an action's arguments as what is written out: by the plan and by the run.</summary>
public sealed class ArgumentRuleTests
{
    [Fact]
    public async Task A_method_that_nobody_knows_is_told_by_the_plan_and_is_not_sent()
    {
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                """
                runbook: call
                inputs: { method: { type: string, required: true } }
                steps:
                  - { id: call, uses: http/request@1, with: { method: "${{ inputs.method }}", url: "http://127.0.0.1:1/" } }
                """,
            ]
        );
        using var client = await bot.TokenAsync(Role.Responder);
        using var plan = await client.PostAsJsonAsync(
            new Uri("/api/v1/runs?plan=true", UriKind.Relative),
            new { runbook = "call", inputs = new { method = "frobnicate" } }
        );
        var run = await StartedRun.OfAsync(bot, client, "call", new { method = "frobnicate" });
        await run.EndsAsync("failed");

        var planned = await plan.Content.ReadAsStringAsync();
        planned.ShouldContain("must be one of GET, HEAD, POST");
        planned.ShouldNotContain("FROBNICATE", Case.Sensitive);
        var attempt = (await run.StateAsync()).GetProperty("steps")[0].GetProperty("attempts")[0];
        attempt.GetProperty("class").GetString().ShouldBe("not-sent");
        attempt.ToString().ShouldContain("must be one of GET");
    }

    [Fact]
    public async Task A_line_break_that_would_be_another_header_is_sent_neither_by_the_plan_nor_by_the_run()
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 0\nConnection: close\n\n");
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$$"""
                runbook: look
                inputs: { team: { required: true } }
                steps:
                  - { id: look, uses: http/request@1, with: { url: "http://127.0.0.1:{{{target.Port}}}/", headers: { X-Team: "${{ inputs.team }}" } } }
                """,
            ]
        );
        using var client = await bot.TokenAsync(Role.Responder);
        var inputs = new { team = "a\r\nX-HTTP-Method-Override: DELETE" };
        using var plan = await client.PostAsJsonAsync(
            new Uri("/api/v1/runs?plan=true", UriKind.Relative),
            new { runbook = "look", inputs }
        );
        var run = await StartedRun.OfAsync(bot, client, "look", inputs);
        await run.EndsAsync("failed");

        const string Told = "The argument 'headers' of 'http/request@1' must be without a line break in the value of 'X-Team'.";
        (await plan.Content.ReadFromJsonAsync<JsonElement>())
            .ToString()
            .Replace("\\u0027", "'", StringComparison.Ordinal)
            .ShouldContain(Told);
        var attempt = (await run.StateAsync()).GetProperty("steps")[0].GetProperty("attempts")[0];
        attempt.GetProperty("class").GetString().ShouldBe("not-sent");
        attempt.GetProperty("because").GetString().ShouldBe(Told);
        target.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("incident/page@1", "target", "anna")]
    [InlineData("github/issue@1", "title: x, repository", "a b/c?d")]
    [InlineData("redis/ping@1", "address", "redis://db1")]
    [InlineData("kubernetes/get@1", "kind: service, name", "../secrets/db")]
    public async Task What_the_action_could_not_read_is_not_sent_wherever_it_comes_from(string uses, string argument, string value)
    {
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$$"""
                runbook: call
                inputs: { value: { required: true } }
                steps: [ { id: call, uses: {{{uses}}}, i-accept: "a test", with: { {{{argument}}}: "${{ inputs.value }}" } } ]
                """,
            ]
        );
        using var client = await bot.TokenAsync(Role.Responder);

        var run = await StartedRun.OfAsync(bot, client, "call", new { value });
        await run.EndsAsync("failed");

        var attempt = (await run.StateAsync()).GetProperty("steps")[0].GetProperty("attempts")[0];
        attempt.GetProperty("class").GetString().ShouldBe("not-sent");
        var because = attempt.GetProperty("because").GetString().ShouldNotBeNull();
        because.ShouldStartWith($"The argument '{argument.Split(' ')[^1]}' of '{uses}' must be ");
        because.ShouldContain($"'{value}' is ");
    }

    [Theory]
    [InlineData("many", "failed", "not-sent")]
    [InlineData("7", "waiting", "unknown")]
    public async Task What_an_action_stumbles_over_later_is_not_taken_for_a_wrong_argument(string count, string state, string expected)
    {
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                """
                runbook: stumble
                inputs: { count: {} }
                steps: [ { id: stumble, uses: test/stumble@1, with: { count: "${{ inputs.count }}" } } ]
                """,
            ],
            parts: PartCatalog.OfProduct.With(typeof(StumblingAction))
        );
        using var client = await bot.TokenAsync(Role.Responder);

        var run = await StartedRun.OfAsync(bot, client, "stumble", new { count });
        await run.EndsAsync(state);

        var attempt = (await run.StateAsync()).GetProperty("steps")[0].GetProperty("attempts")[0];
        attempt.GetProperty("class").GetString().ShouldBe(expected, attempt.ToString());
    }

    private sealed record StumblingArguments(int Count);

    /// <summary>It has acted when it cannot read the answer.</summary>
    private sealed class StumblingAction : IStepAction
    {
        public string Name => "test/stumble@1";

        public string Summary => "Stumbles.";

        public Type Arguments => typeof(StumblingArguments);

        public ActionGuide Guide => new(typeof(NoResult), []);

        public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

        public string Describe(JsonElement with) => "stumble";

        public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
            Task.FromException<ActionResult>(new JsonException("'<' is an invalid start of a value."));
    }
}
