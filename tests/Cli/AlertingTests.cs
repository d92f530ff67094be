using Bot.Cli;

namespace Tests.Cli;

/// <summary>What the command line says of alerts and routes without any server: what would happen.</summary>
public sealed class AlertingTests : IDisposable
{
    private const string Routes = """
        routes:
          - name: vault
            match: { service: vault }
            private: true
            severity: sev1
            page: { targets: [ "group:security" ], every: 1m }
            resolve: by-hand
            cooldown: 2h
          - name: rest
            severity: { label: severity, map: { warning: sev3 }, otherwise: sev4 }
            service: job
        """;

    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("incident-alerting-");
    private readonly Dictionary<string, string> settings;

    public AlertingTests()
    {
        File.WriteAllText(Path.Combine(home.FullName, "routes.yaml"), Routes);
        settings = new() { ["Config__Path"] = home.FullName, ["Alerts__Sources__prod__Kind"] = "alertmanager" };
    }

    public void Dispose() => home.Delete(recursive: true);

    [Fact]
    public async Task Check_finds_a_webhook_that_a_route_calls_and_no_setting_knows()
    {
        File.WriteAllText(
            Path.Combine(home.FullName, "routes.yaml"),
            """
            routes:
              - name: shop
                page: { targets: [ "webhook:hq", "role:responder" ], then: [ { targets: [ "webhook:boss" ], every: 5m, attempts: 1 } ] }
            """
        );
        settings["Paging__Webhooks__boss__Url"] = "https://pager.example.com/boss";

        var typed = await Typed.InProcessAsync(settings, "config", "check");

        typed.Exit.ShouldBe(CommandLine.Failure, typed.ToString());
        typed.Output.Trim().ShouldBe("The route shop calls webhook:hq, and Paging:Webhooks:hq:Url is not set.");
    }

    [Fact]
    public async Task Check_finds_all_that_is_wrong_with_probes()
    {
        File.WriteAllText(
            Path.Combine(home.FullName, "probes.yaml"),
            """
            probes:
              - { name: fine, uses: tcp/connect@1, with: { address: "db1:5432" }, every: 15s, secrets: { token: "env:TOKEN" } }
              - { name: acts, uses: http/request@1, with: { url: "http://shop/restart", method: POST } }
              - { name: slow, uses: tcp/connect@1, with: { address: "db1:5432" }, every: 5s, timeout: 1m }
              - { name: vague, uses: tcp/connect@1, with: { port: 5432 }, expect: "result.ms <" }
              - { name: strange, uses: tcp/konnect@1 }
              - { name: fine, uses: dns/resolve@1, with: { host-name: db1 } }
              - { name: eager, uses: tcp/connect@1, with: { address: "db1:5432" }, fail-after: 0, labels: { "my team": dba } }
              - { name: sealed, uses: tcp/connect@1, with: { address: "db1:5432" }, secrets: { token: "vault:TOKEN" } }
            """
        );

        var typed = await Typed.InProcessAsync(settings, "config", "check");

        typed.Exit.ShouldBe(CommandLine.Failure, typed.ToString());
        var lines = typed.Output.Trim().Split('\n');
        string[] wanted =
        [
            "probes.yaml:3:5: probe 'acts': http/request@1 changes something",
            "probes.yaml:4:",
            "'1m' is longer than 'every'",
            "probes.yaml:5:5: probe 'vague': ",
            "Did you mean 'tcp/connect@1'?",
            "probes.yaml:7:13: Two probes are called 'fine'",
            "probes.yaml:8:84: fail-after: '0' is not valid. Write a whole number from 1 to 1000.",
            "labels: 'my team' is no name of a label",
            "secrets.token: There is no store of secrets 'vault:'. Use credential:NAME or env:NAME or file:",
        ];
        foreach (var part in wanted)
            lines.ShouldContain(line => line.Contains(part, StringComparison.Ordinal), typed.Output);
        lines.ShouldAllBe(line => line.StartsWith("probes.yaml:", StringComparison.Ordinal), typed.Output);
    }

    [Fact]
    public async Task Explain_names_the_route_and_what_it_says()
    {
        var typed = await Typed.InProcessAsync(settings, "config", "explain", "alertname=Sealed", "service=vault");

        typed.Exit.ShouldBe(CommandLine.Success, typed.Error);
        typed
            .Output.Trim()
            .ShouldBe(
                """
                route      vault
                severity   sev1
                kind       real
                service    vault
                private    yes
                calls      group:security
                resolves   by hand
                re-opens   when it fires again within 02:00:00
                """
            );
    }

    [Fact]
    public async Task Explain_for_a_machine_follows_the_labels()
    {
        var typed = await Typed.InProcessAsync(settings, "config", "explain", "severity=warning", "job=shop", "--format", "json");

        typed.Exit.ShouldBe(CommandLine.Success, typed.Error);
        typed.Json.GetProperty("route").GetString().ShouldBe("rest");
        typed.Json.GetProperty("severity").GetString().ShouldBe("sev3");
        typed.Json.GetProperty("service").GetString().ShouldBe("shop");
        typed.Json.GetProperty("private").GetBoolean().ShouldBeFalse();
        typed.Json.GetProperty("page").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("prod")]
    [InlineData("alertmanager")]
    public async Task Try_says_what_a_captured_payload_would_do(string source)
    {
        var typed = await Typed.InProcessAsync(settings, "alerts", "try", source, Captured("alertmanager-grouped-partly-resolved.json"));

        typed.Exit.ShouldBe(CommandLine.Success, typed.Error);
        typed.Output.ShouldContain("firing");
        typed.Output.ShouldContain("route      rest");
        typed.Output.ShouldContain("then       joins the group's open incident, or declares one");
    }

    [Fact]
    public async Task Try_says_of_a_resolve_that_it_opens_nothing()
    {
        var typed = await Typed.InProcessAsync(settings, "alerts", "try", "prod", Captured("alertmanager-resolved.json"));

        typed.Exit.ShouldBe(CommandLine.Success, typed.Error);
        typed.Output.ShouldContain("0 firing");
        typed.Output.ShouldContain("opens nothing");
    }

    [Fact]
    public async Task Try_counts_for_a_machine_and_says_what_the_sender_cut_off()
    {
        var typed = await Typed.InProcessAsync(
            settings,
            "alerts",
            "try",
            "prod",
            Captured("alertmanager-truncated.json"),
            "--format",
            "json"
        );

        typed.Exit.ShouldBe(CommandLine.Success, typed.Error);
        typed.Json.GetProperty("readable").GetBoolean().ShouldBeTrue();
        typed.Json.GetProperty("firing").GetInt32().ShouldBe(typed.Json.GetProperty("alerts").GetInt32());
        typed.Json.GetProperty("hidden").GetInt32().ShouldBeGreaterThan(0);
        typed.Json.GetProperty("route").GetProperty("route").GetString().ShouldBe("rest");
    }

    private static string Captured(string name) => Path.Combine(AppContext.BaseDirectory, "Payloads", "alertmanager", name);
}
