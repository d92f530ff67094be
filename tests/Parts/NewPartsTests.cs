using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Bot;
using Bot.Access;
using Bot.Commands;
using Bot.Parts;
using Integrations;
using Runbooks.Actions;
using Runbooks.Reference;
using Runbooks.Running;
using Tests.Actions;
using Tests.Parts.Added;
using Tests.Servers;
using Tests.Support;

namespace Tests.Parts;

/// <summary>
/// A new alert source, action, command or page is one new file: those of <c>Added/</c> are named nowhere but in the list that
/// stands for "is in the product", and work.
/// </summary>
public sealed class NewPartsTests : IAsyncLifetime
{
    private static string Runbook(string prometheus) =>
        $$"""
            runbook: reload
            steps:
              - id: reload
                uses: prometheus/reload@1
                with: { url: "{{prometheus}}" }
            """;

    private static readonly PartCatalog WithNewFiles = PartCatalog.OfProduct.With(
        typeof(BellSource),
        typeof(PrometheusReloadAction),
        typeof(HelloCommand),
        typeof(LampPages)
    );

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-parts-");
    private PrometheusServer prometheus = null!;
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        prometheus = new PrometheusServer(folder.FullName);
        bot = await BotUnderTest.StartAsync(
            runbooks: [Runbook(prometheus.Address)],
            settings: new Dictionary<string, string?> { ["Alerts:Sources:door:Kind"] = "bell", ["Alerts:Sources:door:Token"] = "ding" },
            parts: WithNewFiles
        );
        admin = await bot.TokenAsync(Role.Admin);
    }

    public async Task DisposeAsync()
    {
        await bot.DisposeAsync();
        prometheus.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task They_are_listed_among_the_parts()
    {
        var parts = (await BotUnderTest.JsonAsync(admin, "/health/parts"))
            .GetProperty("items")
            .EnumerateArray()
            .Select(part => $"{part.GetProperty("kind").GetString()} {part.GetProperty("name").GetString()}")
            .ToList();

        foreach (var part in new[] { "alert-source bell", "action prometheus/reload@1", "command hello", "page /lamp" })
            parts.ShouldContain(part);
        parts.ShouldBeUnique();
    }

    [Fact]
    public async Task A_new_source_takes_alerts_and_says_what_it_cannot_read()
    {
        var door = bot.WithToken("ding");
        using var rings = await door.PostAsync(new Uri("/alerts/door", UriKind.Relative), new StringContent("ring kitchen"));
        rings.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        using var knocks = await door.PostAsync(new Uri("/alerts/door", UriKind.Relative), new StringContent("knock", Encoding.UTF8));
        knocks.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await knocks.Content.ReadAsStringAsync()).ShouldContain("Send: ring ROOM");

        var incident = await BotUnderTest.JsonAsync(admin, "/api/v1/incidents/inc-1");
        incident.GetProperty("title").GetString().ShouldBe("The bell of the kitchen rings");
    }

    [Fact]
    public async Task A_new_action_is_planned_runs_in_a_step_and_says_what_was_refused()
    {
        await prometheus.UntilReadyAsync();
        using var plan = await admin.PostAsJsonAsync(new Uri("/api/v1/runs?plan=true", UriKind.Relative), new { runbook = "reload" });
        (await plan.Content.ReadAsStringAsync()).ShouldContain($"reload the configuration of Prometheus at {prometheus.Address}");

        (await ReloadAsync()).GetProperty("state").GetString().ShouldBe("succeeded");

        prometheus.Configure("scrape_configs: [ { nonsense: 1 } ]");
        var refused = await ReloadAsync();
        refused.GetProperty("state").GetString().ShouldBe("failed");
        var attempt = refused.GetProperty("steps")[0].GetProperty("attempts")[0];
        attempt.GetProperty("class").GetString().ShouldBe("refused");
        attempt.ToString().ShouldContain("field nonsense not found");
    }

    [Fact]
    public void The_guide_to_extending_shows_these_very_files()
    {
        var guide = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "extending.md"));
        var file = File.ReadAllText(Path.Combine(SourceTree.Root, "tests", "Parts", "Added", "PrometheusReloadAction.cs"));

        guide.ShouldContain("```csharp\n" + file[file.IndexOf("public sealed record", StringComparison.Ordinal)..] + "```\n");
    }

    [Fact]
    public void The_page_of_a_new_action_is_made_from_it()
    {
        var page = ActionMarkdown.Of(ActionPage.Of(new PrometheusReloadAction(Called.Outward)));

        page.ShouldContain(
            "| `url` | an address with http:// or https://, without user:password@, '?' or '#' | required | Address of Prometheus. Its host may not come from an alert or from chat. |"
        );
        page.ShouldContain(
            "Effect: `idempotent`. The plan says: `reload the configuration of Prometheus at http://prometheus.example.com:9090`"
        );
    }

    private async Task<JsonElement> ReloadAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs")
        {
            Content = JsonContent.Create(new { runbook = "reload" }),
        };
        request.Headers.Add("Prefer", "wait=30");
        using var started = await admin.SendAsync(request);
        started.StatusCode.ShouldBe(HttpStatusCode.Created, await started.Content.ReadAsStringAsync());
        return await started.Content.ReadFromJsonAsync<JsonElement>();
    }

    [Fact]
    public async Task A_new_command_is_in_the_help_and_answers()
    {
        (await BotUnderTest.SayAsync(admin, "/incident help")).ShouldContain("/incident hello [NAME] – Greets somebody (viewer)");
        (await BotUnderTest.SayAsync(admin, "/incident hello Anna")).ShouldBe("Hello, Anna!");
    }

    [Fact]
    public async Task A_new_page_is_in_the_navigation_behind_the_sign_in()
    {
        using (var stranger = await bot.Stranger().GetAsync(new Uri("/lamp", UriKind.Relative)))
            stranger.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var anna = await bot.PersonAsync("anna", Role.Viewer);

        (await anna.GetStringAsync(new Uri("/", UriKind.Relative))).ShouldContain("<a href=\"/lamp\">Lamp</a>");
        (await anna.GetStringAsync(new Uri("/lamp", UriKind.Relative))).ShouldContain("<h1>It is lit</h1>");
    }

    [Fact]
    public void Two_parts_of_one_name_stop_the_start_and_both_are_named()
    {
        Refused(typeof(OtherBell)).ShouldContain($"'bell': {typeof(BellSource).FullName} and {typeof(OtherBell).FullName}");
        Refused(typeof(OtherReload))
            .ShouldContain($"'prometheus/reload@1': {typeof(PrometheusReloadAction).FullName} and {typeof(OtherReload).FullName}");
        Refused(typeof(OtherHello)).ShouldContain($"'hello': {typeof(HelloCommand).FullName} and {typeof(OtherHello).FullName}");
    }

    private static string Refused(Type other) =>
        Should
            .Throw<StartException>(() =>
                BotHost.Build(
                    new Dictionary<string, string?>
                    {
                        ["Urls"] = "http://127.0.0.1:0",
                        ["Storage:ConnectionString"] = $"Data Source={Directory.CreateTempSubdirectory("incident-parts-")}/incident.db",
                    },
                    parts: WithNewFiles.With(other),
                    quiet: true
                )
            )
            .Message;

    private sealed class OtherBell : IAlertSource
    {
        public string Kind => "bell";

        public string? Verify(AlertRequest request, AlertSourceOptions options) => "nobody comes in";

        public ParseResult Parse(ReadOnlyMemory<byte> body) => new ParseResult.Unparsable([]);
    }

    private sealed class OtherReload : IStepAction
    {
        public string Name => "prometheus/reload@1";

        public string Summary => "The other one.";

        public Type Arguments => typeof(PrometheusReloadArguments);

        public ActionGuide Guide => new(typeof(NoResult), []);

        public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

        public string Describe(JsonElement with) => "";

        public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
            Task.FromException<ActionResult>(new NotSupportedException());
    }

    // Not the same word, but one that the first would answer to as well.
    private sealed class OtherHello : IChatCommand
    {
        public string Word => "hi";
        public IReadOnlyList<string> Aliases => ["HELLO"];
        public string Usage => "";
        public string Help => "The other one";
        public Role Needs => Role.Viewer;
        public bool InChannel => false;

        public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) => Task.FromResult(new ChatReply(true, ""));
    }
}
