using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Bot.Commands;
using Bot.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tests.Support;

namespace Tests.Web;

/// <summary>For who is not entitled, a private incident does not exist: at no door, in no answer, by no command.</summary>
public sealed class PrivateIncidentTests : IAsyncLifetime
{
    private const string Secret = "salad-of-secrets";

    private const string Routes = $$"""
        routes:
          - name: hidden
            match: { pod: "~{{Secret}}.*" }
            private: "true"
            page: { targets: ["webhook:nowhere", "group:vault"] }
          - name: default
        """;

    private const string Runbook = """
        runbook: open-the-vault
        steps:
          - id: leave
            run: printf 'salad-of-%s' secrets > found.txt
            artifacts: found.txt
          - id: turn
            uses: core/count@1
            with: { key: vault }
            approve: { need: 1, expires: 20m }
        """;

    private const string Poster = """
        runbook: post-elsewhere
        inputs:
          channel: { type: string, required: true }
        steps:
          - id: post
            uses: chat/post@1
            with: { text: hello, channel: "${{ inputs.channel }}" }
        """;

    private BotUnderTest bot = null!;
    private HttpClient admin = null!;
    private HttpClient anna = null!;
    private HttpClient bob = null!;
    private string delivery = "";
    private string run = "";
    private string dead = "";

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(Routes, [Runbook, Poster]);
        admin = await bot.TokenAsync(Role.Admin);
        anna = await bot.PersonAsync("anna", Role.Responder);
        bob = await bot.PersonAsync("bob", Role.Approver);

        // inc-1 by an alert, with a run that waits, a dead letter, a task; inc-2 is everybody's.
        delivery = await bot.DeliverAsync(Payload.Alertmanager("g", 0, (Secret, true, DateTimeOffset.UnixEpoch.AddYears(56))));
        await BotUnderTest.SayAsync(admin, $"/incident task {Secret} --for @anna", "inc-1");
        await BotUnderTest.SayAsync(admin, "/incident declare Everybody may see this");
        using var started = await admin.PostAsJsonAsync(
            new Uri("/api/v1/runs", UriKind.Relative),
            new { runbook = "open-the-vault", incident = "inc-1" }
        );
        started.StatusCode.ShouldBe(HttpStatusCode.Created);
        run = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await bot.UntilAsync(async () =>
            (await BotUnderTest.JsonAsync(admin, "/api/v1/runs/" + run)).GetProperty("state").GetString() is "waiting" ? run : null
        );
        dead = await bot.UntilAsync(async () => (await bot.Get<EffectTable>().DeadAsync(1, default)) is [var one] ? one.Id : null);
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task No_page_and_no_answer_shows_it()
    {
        foreach (var path in Paths())
        {
            using var answer = await bob.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
            if (answer.Content.Headers.ContentType?.MediaType is "text/event-stream")
                continue;
            var text = await answer.Content.ReadAsStringAsync();
            foreach (var word in new[] { Secret, run, delivery, dead })
            {
                // What was asked for by its id may be repeated: "there is no run X".
                if (!path.Contains(word, StringComparison.Ordinal))
                    text.ShouldNotContain(word, customMessage: path);
            }

            if (path.Contains("inc-1", StringComparison.Ordinal) || path.Contains(run, StringComparison.Ordinal))
                answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }
    }

    [Fact]
    public async Task What_a_private_route_took_is_hidden_though_no_incident_holds_it()
    {
        var start = DateTimeOffset.UnixEpoch.AddYears(56);
        var told = new List<string>();
        await BotUnderTest.SayAsync(admin, $"/incident silence pod={Secret}-held 1h planned");
        told.Add(await bot.DeliverAsync(Payload.Alertmanager("held", 0, (Secret + "-held", true, start))));
        told.Add(await bot.DeliverAsync(Payload.Alertmanager("over", 0, (Secret + "-over", false, start))));
        using (var sender = bot.WithToken(BotUnderTest.SourceToken))
        {
            using var broken = new StringContent($"{{ \"broken\": \"{Secret}\" ");
            using var refused = await sender.PostAsync(new Uri($"/alerts/{BotUnderTest.Source}", UriKind.Relative), broken);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            told.Add((await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("delivery").GetString()!);
        }

        foreach (var path in (string[])["/alerts?status=all", "/deliveries", "/api/v1/alerts", "/api/v1/deliveries"])
            (await bob.GetStringAsync(new Uri(path, UriKind.Relative))).ShouldNotContain(Secret, customMessage: path);
        foreach (var id in told)
        {
            foreach (var path in (string[])["/deliveries/", "/api/v1/deliveries/"])
            {
                using var answer = await bob.GetAsync(new Uri(path + id, UriKind.Relative));
                answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            }

            (await admin.GetStringAsync(new Uri("/api/v1/deliveries/" + id, UriKind.Relative))).ShouldContain(Secret);
        }

        (await admin.GetStringAsync(new Uri("/api/v1/alerts", UriKind.Relative))).ShouldContain(Secret + "-held");
    }

    [Fact]
    public async Task A_private_alert_joins_no_incident_that_everybody_sees()
    {
        var start = DateTimeOffset.UnixEpoch.AddYears(56);
        await bot.DeliverAsync(Payload.Alertmanager("shared", 0, ("public-1", true, start)));
        // In the group of an open public incident, and in one delivery with what is public.
        await bot.DeliverAsync(Payload.Alertmanager("shared", 0, (Secret + "-late", true, start)));
        await bot.DeliverAsync(Payload.Alertmanager("mixed", 0, ("public-2", true, start), (Secret + "-mixed", true, start)));

        foreach (
            var path in (string[])
                ["/", "/alerts?status=all", "/api/v1/alerts", "/api/v1/incidents", "/incidents/inc-3", "/api/v1/incidents/inc-3/timeline"]
        )
            (await bob.GetStringAsync(new Uri(path, UriKind.Relative))).ShouldNotContain(Secret, customMessage: path);
        (await bob.GetStringAsync(new Uri("/api/v1/alerts?incident=inc-3", UriKind.Relative))).ShouldContain("public-1");
        foreach (var hidden in (string[])["inc-4", "inc-5"])
        {
            using var answer = await bob.GetAsync(new Uri("/api/v1/incidents/" + hidden, UriKind.Relative));
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, hidden);
            (await admin.GetStringAsync(new Uri("/api/v1/alerts?incident=" + hidden, UriKind.Relative))).ShouldContain(Secret);
        }
    }

    [Fact]
    public async Task Those_who_are_concerned_see_all_of_it()
    {
        foreach (var client in new[] { admin, anna, await bot.TokenAsync(Role.Viewer, "vaulters", "vault") })
        {
            foreach (var path in Paths().Where(path => path.Contains("inc-1", StringComparison.Ordinal)))
            {
                using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            }

            (await client.GetStringAsync(new Uri("/", UriKind.Relative))).ShouldContain(Secret);
        }
    }

    [Fact]
    public async Task A_private_incident_answers_every_command_as_one_that_is_not_there()
    {
        foreach (var word in bot.Get<CommandSet>().All.Select(command => command.Word).Where(word => word is not "declare"))
        {
            foreach (var rest in new[] { "", " sev1", " something" })
            {
                var hidden = await bob.PostAsJsonAsync(Commands, new { text = $"/incident {word} inc-1{rest}" });
                var missing = await bob.PostAsJsonAsync(Commands, new { text = $"/incident {word} inc-9{rest}" });
                var said = await hidden.Content.ReadAsStringAsync();

                said.Replace("inc-1", "inc-9", StringComparison.Ordinal).ShouldBe(await missing.Content.ReadAsStringAsync(), word);
                said.ShouldNotContain(Secret);
            }
        }

        (await BotUnderTest.TrySayAsync(bob, "/incident merge inc-1", "inc-2")).Reply.ShouldBe("There is no incident inc-1.");
        foreach (var text in new[] { "hello", "/incident", "/incident status", "/incident timeline" })
            (await BotUnderTest.TrySayAsync(bob, text, "inc-1")).Accepted.ShouldBeFalse();
        (await BotUnderTest.SayAsync(bob, "/incident list all")).ShouldNotContain("inc-1");
        (await BotUnderTest.SayAsync(anna, "/incident list all")).ShouldContain("inc-1");
    }

    [Theory]
    [InlineData("merge", "inc-1", "inc-2")]
    [InlineData("merge", "inc-2", "inc-1")]
    [InlineData("relate", "inc-1", "inc-2")]
    [InlineData("relate", "inc-2", "inc-1")]
    public async Task No_incident_that_everybody_sees_comes_to_tell_of_it(string word, string from, string to)
    {
        var (accepted, reply) = await BotUnderTest.TrySayAsync(admin, $"/incident {word} {to}", from);
        accepted.ShouldBeFalse();
        reply.ShouldStartWith("inc-1 is private and inc-2 is not");
        (await bob.GetStringAsync(new Uri("/api/v1/incidents/inc-2/timeline", UriKind.Relative))).ShouldNotContain("inc-1");
        (await bob.GetStringAsync(new Uri("/incidents/inc-2", UriKind.Relative))).ShouldNotContain("inc-1");
    }

    [Fact]
    public async Task Nobody_else_decides_on_its_runs_or_stops_them()
    {
        foreach (
            var text in new[]
            {
                $"/incident approve {run} turn",
                $"/incident deny {run} turn",
                $"/incident decide {run} turn skip",
                $"/incident stop {run}",
            }
        )
            (await BotUnderTest.TrySayAsync(bob, text)).Reply.ShouldBe($"There is no run {run}.");
        using var decision = await bob.PostAsJsonAsync(
            new Uri($"/api/v1/runs/{run}/decisions", UriKind.Relative),
            new { step = "turn", decision = "approve" }
        );
        decision.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        foreach (var plan in new[] { "", "?plan=true" })
        {
            using var start = await bob.PostAsJsonAsync(
                new Uri("/api/v1/runs" + plan, UriKind.Relative),
                new { runbook = "open-the-vault", incident = "inc-1" }
            );
            start.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await start.Content.ReadAsStringAsync()).ShouldContain("Use the id of an incident");
        }

        using var retry = await BotUnderTest.PostFormAsync(bob, "/console", $"/health/effects/{dead}/retry", []);
        retry.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await BotUnderTest.JsonAsync(admin, $"/api/v1/runs/{run}")).GetProperty("state").GetString().ShouldBe("waiting");
    }

    [Fact]
    public async Task A_runbook_posts_into_no_private_channel_but_its_own()
    {
        using var started = await bob.PostAsJsonAsync(
            new Uri("/api/v1/runs", UriKind.Relative),
            new { runbook = "post-elsewhere", inputs = new { channel = "inc-1" } }
        );
        var id = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();

        var over = await bot.UntilAsync(async () =>
            await BotUnderTest.JsonAsync(bob, $"/api/v1/runs/{id}") is var json && json.GetProperty("state").GetString() == "failed"
                ? json.GetRawText()
                : null
        );

        over.ShouldContain("There is no incident inc-1.");
    }

    [Fact]
    public async Task The_stream_leaves_it_out()
    {
        await BotUnderTest.SayAsync(admin, $"/incident note {Secret}", "inc-1");
        await BotUnderTest.SayAsync(admin, "/incident note the end", "inc-2");

        (await StreamAsync(bob, "the end")).ShouldNotContain(Secret);
        (await StreamAsync(anna, "the end")).ShouldContain(Secret);
    }

    [Fact]
    public async Task Who_is_called_by_hand_may_see_it_from_then_on()
    {
        (await bob.GetAsync(new Uri("/api/v1/incidents/inc-1", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        await BotUnderTest.SayAsync(anna, "/incident page @bob", "inc-1");

        (await bob.GetAsync(new Uri("/api/v1/incidents/inc-1", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_token_with_a_persons_name_is_not_that_person()
    {
        using var impostor = await bot.TokenAsync(Role.Responder, "anna");

        (await impostor.GetAsync(new Uri("/api/v1/incidents/inc-1", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_list_goes_on_past_what_is_hidden_without_a_gap_that_tells()
    {
        await BotUnderTest.SayAsync(admin, "/incident declare Third --private");
        await BotUnderTest.SayAsync(admin, "/incident declare Fourth");

        var first = await BotUnderTest.JsonAsync(bob, "/api/v1/incidents?limit=1");
        var second = await BotUnderTest.JsonAsync(bob, $"/api/v1/incidents?limit=1&after={first.GetProperty("next").GetString()}");

        first.GetProperty("items")[0].GetProperty("title").GetString().ShouldBe("Fourth");
        second.GetProperty("items")[0].GetProperty("title").GetString().ShouldBe("Everybody may see this");
    }

    private static Uri Commands { get; } = new("/api/v1/commands", UriKind.Relative);

    /// <summary>Every address that answers a GET, filled in with what belongs to the private incident.</summary>
    private IEnumerable<string> Paths() =>
        bot
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") ?? true)
            .Select(route => "/" + route.RoutePattern.RawText!.TrimStart('/'))
            .Where(pattern =>
                // A file is known by its hash; GraphTests looks at that door.
                !pattern.Contains("{version}", StringComparison.Ordinal)
                && !pattern.Contains("{token}", StringComparison.Ordinal)
                && !pattern.Contains("{hash}", StringComparison.Ordinal)
            )
            .Select(pattern =>
                pattern
                    .Replace("/runs/{id}", "/runs/" + run, StringComparison.Ordinal)
                    .Replace("/deliveries/{id}", "/deliveries/" + delivery, StringComparison.Ordinal)
                    .Replace("{id}", "inc-1", StringComparison.Ordinal)
                    .Replace("{documentName}", "v1", StringComparison.Ordinal)
                    .Replace("{n}", "1", StringComparison.Ordinal)
            )
            .SelectMany(path => path.EndsWith("/alerts", StringComparison.Ordinal) ? [path, path + "?status=firing"] : new[] { path })
            .Distinct();

    /// <summary>The stream from the beginning until a word comes.</summary>
    private static async Task<string> StreamAsync(HttpClient client, string until)
    {
        using var answer = await client.GetAsync(
            new Uri("/api/v1/stream?after=0", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead
        );
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        var text = new System.Text.StringBuilder();
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            text.AppendLine(line);
            if (line.Contains(until, StringComparison.Ordinal))
                return text.ToString();
        }

        throw new InvalidOperationException("The stream ended early: " + text);
    }
}
