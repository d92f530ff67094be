using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Bot.Access;
using Bot.Intake;
using Bot.Schedule;
using Bot.Storage;
using Quartz;
using Tests.Servers;
using Tests.Support;

namespace Tests.Schedule;

/// <summary>What the bot looks at by itself: real targets that fail and come back, and what becomes of it at the front door.</summary>
public sealed class ProbeTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;
    private int moments;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync();
        admin = await bot.TokenAsync(Role.Admin);
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_closed_port_raises_an_alert_by_itself_and_an_open_one_ends_it()
    {
        var port = Loopback.FreePort();
        await ProbesAsync(
            $$"""
            - name: shop-port
              uses: tcp/connect@1
              with: { address: "127.0.0.1:{{port}}" }
              every: 1s
              fail-after: 2
              resolve-after: 1
              labels: { service: shop, severity: critical }
              summary: Nobody listens for the shop
            """
        );

        var alert = await UntilAlertAsync("firing");
        alert.GetProperty("source").GetString().ShouldBe("probes");
        alert.GetProperty("labels").GetProperty("alertname").GetString().ShouldBe("ProbeFailed");
        alert.GetProperty("annotations").GetProperty("summary").GetString().ShouldBe("Nobody listens for the shop");
        alert.GetProperty("annotations").GetProperty("description").GetString()!.ShouldContain("refused", Case.Insensitive);
        alert.GetProperty("incident").GetString().ShouldBe("inc-1");

        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        var over = await UntilAlertAsync("resolved");
        over.GetProperty("count").GetInt32().ShouldBe(2, "its beginning and its end, not each look");
        var said = over.GetProperty("annotations").GetProperty("description").GetString()!;
        said.ShouldStartWith("it is well again; before: ");
        said.ShouldContain("refused", Case.Insensitive, "why it failed is in sight still");
        (await admin.GetStringAsync(new Uri("/api/v1/incidents/inc-1/postmortem", UriKind.Relative))).ShouldMatch(
            "(?i)1 alert fired.*: ProbeFailed.*: shop-port: .*refused"
        );
        (await BotUnderTest.JsonAsync(admin, "/api/v1/incidents/inc-1")).GetProperty("state").GetString().ShouldBe("resolved");
    }

    [Fact]
    public async Task It_fires_after_so_many_failures_in_a_row_and_ends_after_so_many_successes()
    {
        var healthy = false;
        await using var target = new TcpTarget(
            (_, socket) => TcpTarget.SayAsync(socket, $"HTTP/1.1 {(healthy ? "200 Fine" : "503 Ill")}\nContent-Length: 0\n\n")
        );
        await ProbesAsync(
            $$"""
            - name: shop
              uses: http/request@1
              with: { url: "http://127.0.0.1:{{target.Port}}/health" }
              every: 1h
              fail-after: 3
              resolve-after: 2
            """
        );

        foreach (
            var (well, wanted) in new (bool, string?)[]
            {
                (false, null),
                (false, null),
                (true, null),
                (false, null),
                (false, null),
                (false, "firing"),
                (true, "firing"),
                (false, "firing"),
                (true, "firing"),
                (true, "resolved"),
                (true, "resolved"),
            }
        )
        {
            healthy = well;
            await LookAsync("shop");
            ((await AlertAsync())?.GetProperty("status").GetString()).ShouldBe(wanted);
        }

        var over = (await AlertAsync())!.Value.GetProperty("annotations").GetProperty("description").GetString();
        over!.ShouldMatch("^it is well again; before: .*503[^;]*$", "once, however many looks it took to be over");
        target.Requests.ShouldBe(11);
        var deliveries = (await BotUnderTest.JsonAsync(admin, "/api/v1/deliveries")).GetProperty("items");
        deliveries.EnumerateArray().Count(delivery => delivery.GetProperty("source").GetString() is "probes").ShouldBe(2);
    }

    [Theory]
    [InlineData("result.json.backlog < 100", "firing")]
    [InlineData("result.status == 503", null)]
    public async Task An_answer_that_says_no_is_no_sign_that_all_is_well(string expect, string? wanted)
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 503 Ill\nContent-Length: 0\n\n");
        await ProbesAsync(
            $$"""
            - name: shop
              uses: http/request@1
              with: { url: "http://127.0.0.1:{{target.Port}}/stats" }
              expect: {{expect}}
              every: 1h
              fail-after: 1
            """
        );

        await LookAsync("shop");

        var alert = await AlertAsync();
        (alert?.GetProperty("status").GetString()).ShouldBe(wanted);
        alert?.GetProperty("annotations").GetProperty("description").GetString().ShouldBe("the answer was 503 Ill");
    }

    [Fact]
    public async Task A_moment_is_looked_at_once_however_many_nodes_come_to_it()
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 Fine\nContent-Length: 0\n\n");
        await ProbesAsync($$"""- { name: shop, uses: http/request@1, with: { url: "http://127.0.0.1:{{target.Port}}/" }, every: 1h }""");

        var looks = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bot.Get<ProbeRounds>().RunAsync("shop", Noon, default)));

        looks.Count(looked => looked).ShouldBe(1);
        (await bot.Get<ProbeRounds>().RunAsync("shop", Noon.AddHours(-1), default)).ShouldBeFalse();
        target.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task A_certificate_that_is_about_to_expire_fails_and_a_fresh_one_does_not()
    {
        using var old = TlsTarget.SelfSigned(until: TimeProvider.System.GetUtcNow().AddDays(3));
        using var fresh = TlsTarget.SelfSigned(until: TimeProvider.System.GetUtcNow().AddDays(60));
        await ProbesAsync(
            $$"""
            - { name: old, uses: tls/certificate@1, with: { address: "127.0.0.1:{{old.Port}}", server-name: localhost }, expect: result.days-left > 14, every: 1h, fail-after: 1, labels: { alertname: CertificateExpiring } }
            - { name: fresh, uses: tls/certificate@1, with: { address: "127.0.0.1:{{fresh.Port}}", server-name: localhost }, expect: result.days-left > 14, every: 1h, fail-after: 1 }
            """
        );

        await LookAsync("old");
        await LookAsync("fresh");

        var alert = (await AlertAsync()).ShouldNotBeNull();
        alert.GetProperty("labels").GetProperty("alertname").GetString().ShouldBe("CertificateExpiring");
        alert.GetProperty("annotations").GetProperty("description").GetString()!.ShouldContain("'result.days-left > 14' does not hold");
    }

    [Fact]
    public async Task A_name_that_nobody_knows_and_a_number_that_is_too_high_fail()
    {
        var folder = Directory.CreateTempSubdirectory("incident-probes-");
        using var names = new NameServer();
        using var prometheus = new PrometheusServer(folder.FullName);
        await prometheus.UntilReadyAsync();
        await ProbesAsync(
            $$"""
            - { name: gone, uses: dns/resolve@1, with: { host-name: nothing.example, server: "{{names.Address}}" }, every: 1h, fail-after: 1 }
            - { name: there, uses: dns/resolve@1, with: { host-name: shop.example, server: "{{names.Address}}" }, every: 1h, fail-after: 1 }
            - { name: high, uses: prometheus/query@1, with: { url: "{{prometheus.Address}}", query: vector(7) }, expect: result.value < 5, every: 1h, fail-after: 1 }
            - { name: low, uses: prometheus/query@1, with: { url: "{{prometheus.Address}}", query: vector(4) }, expect: result.value < 5, every: 1h, fail-after: 1 }
            """
        );

        foreach (var name in new[] { "gone", "there", "high", "low" })
            await LookAsync(name);

        (await AlertsAsync()).Select(alert => alert.GetProperty("fingerprint").GetString()).Order().ShouldBe(["gone", "high"]);
    }

    [Fact]
    public async Task The_alert_of_a_probe_that_is_taken_out_ends()
    {
        await ProbesAsync(
            $$"""- { name: shop, uses: tcp/connect@1, with: { address: "127.0.0.1:{{Loopback.FreePort()}}" }, every: 1h, fail-after: 1 }"""
        );
        await LookAsync("shop");
        (await AlertAsync()).ShouldNotBeNull().GetProperty("status").GetString().ShouldBe("firing");

        await ProbesAsync("[]");

        var over = (await UntilAlertAsync("resolved")).GetProperty("annotations").GetProperty("description").GetString();
        over!.ShouldMatch("(?i)^the probe was taken out; before: .*refused");
        (await (await bot.Get<ISchedulerFactory>().GetScheduler()).GetTrigger(new TriggerKey("shop", ProbeTimes.Group))).ShouldBeNull();
    }

    [Fact]
    public async Task The_probe_of_a_node_with_another_file_is_left_to_it_as_long_as_it_is_looked_for()
    {
        var (table, now, hour) = (bot.Get<ProbeTable>(), TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
        foreach (var (name, at) in new[] { ("theirs", now - (hour * 1.5)), ("nobodys", now - (hour * 2.5)) })
        {
            var row = (await table.ClaimAsync(name, at, hour, default)).ShouldNotBeNull();
            await table.SaveAsync(row with { State = row.State with { Firing = true } }, default);
        }

        await ProbesAsync("- { name: ours, uses: tcp/connect@1, with: { address: \"127.0.0.1:1\" }, every: 1h }");

        (await table.AllAsync(default)).Select(row => (row.Name, row.State.Firing)).ShouldBe([("theirs", true)]);
        (await AlertAsync()).ShouldNotBeNull().GetProperty("fingerprint").GetString().ShouldBe("nobodys");
    }

    [Fact]
    public async Task Nobody_outside_raises_an_alert_of_the_bots_own()
    {
        using var stranger = bot.Stranger();
        using var body = new ByteArrayContent("{}"u8.ToArray());
        using var answer = await stranger.PostAsync(new Uri("/alerts/probes", UriKind.Relative), body);

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private async Task LookAsync(string name) =>
        (await bot.Get<ProbeRounds>().RunAsync(name, Noon.AddHours(moments++), default)).ShouldBeTrue();

    private async Task ProbesAsync(string probes)
    {
        var text = "probes:\n" + string.Join('\n', probes.Split('\n').Select(line => "  " + line)) + "\n";
        await File.WriteAllTextAsync(Path.Combine(bot.ConfigFolder, "probes.yaml"), text);
        var config = bot.Get<ConfigShelf>();
        config.Reload();
        config.Problems.ShouldBeEmpty();
        await bot.Get<ProbeTimes>().CatchUpAsync(default);
    }

    private async Task<List<JsonElement>> AlertsAsync() =>
        [.. (await BotUnderTest.JsonAsync(admin, "/api/v1/alerts")).GetProperty("items").EnumerateArray()];

    private async Task<JsonElement?> AlertAsync() => await AlertsAsync() is [var only] ? only : null;

    private async Task<JsonElement> UntilAlertAsync(string status) =>
        JsonElement.Parse(
            await bot.UntilAsync(async () =>
                await AlertAsync() is { } alert && alert.GetProperty("status").GetString() == status ? alert.GetRawText() : null
            )
        );
}
