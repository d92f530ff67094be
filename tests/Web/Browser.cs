using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Bot.Access;
using Microsoft.Playwright;
using Tests.Support;

namespace Tests.Web;

/// <summary>
/// The system's Chromium before a bot where something is going on: an incident by an alert with a run that waits for approval
/// and one whose outcome nobody knows, tasks, an update, somebody who is called.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";

    private const string Routes = """
        routes:
          - name: default
            service: service
            page: { targets: ["user:anna"], every: 1h, attempts: 3 }
        """;

    private readonly TcpListener silent = new(IPAddress.Loopback, 0);
    private IPlaywright playwright = null!;
    private IBrowser chromium = null!;

    internal BotUnderTest Bot { get; private set; } = null!;

    internal HttpClient Admin { get; private set; } = null!;

    /// <summary>A run that waits for approval.</summary>
    public string Waiting { get; private set; } = "";

    /// <summary>A run with a step whose answer never came.</summary>
    public string Unknown { get; private set; } = "";

    public string Delivery { get; private set; } = "";

    /// <summary>What the pages wrote to their consoles as errors: a blocked script, a failed request.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    public async Task InitializeAsync()
    {
        if (!File.Exists(Executable))
            throw new InvalidOperationException("Chromium is missing. Install it: apt-get install chromium (./test.sh does).");
        silent.Start();
        Assertions.SetDefaultExpectTimeout(30_000);
        playwright = await Playwright.CreateAsync();
        chromium = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = Executable, Args = ["--no-sandbox", "--disable-dev-shm-usage"] }
        );
        Bot = await BotUnderTest.StartAsync(Routes, [Careful, Lost(((IPEndPoint)silent.LocalEndpoint).Port)]);
        Admin = await Bot.TokenAsync(Role.Admin);
        await HappenAsync();
    }

    public async Task DisposeAsync()
    {
        await chromium.DisposeAsync();
        playwright.Dispose();
        await Bot.DisposeAsync();
        silent.Dispose();
    }

    /// <summary>A window of somebody who came in by their one-time link, as people do.</summary>
    internal async Task<IPage> SignedInAsync(string name, Role role, BrowserNewContextOptions? options = null)
    {
        var page = await WindowAsync(options);
        await page.GotoAsync((await Bot.LinkAsync(name, role)).ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in as " + name }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Board", Exact = true }).WaitForAsync();
        return page;
    }

    internal async Task<IPage> WindowAsync(BrowserNewContextOptions? options = null)
    {
        options ??= new BrowserNewContextOptions();
        options.BaseURL = Bot.Address.ToString();
        var context = await chromium.NewContextAsync(options);
        context.SetDefaultTimeout(30_000);
        context.Console += (_, message) =>
        {
            if (message.Type is "error" && !message.Text.Contains("status of 4", StringComparison.Ordinal))
                Complaints.Enqueue($"{message.Page?.Url}: {message.Text}");
        };
        return await context.NewPageAsync();
    }

    internal async Task<string> StartRunAsync(string runbook, string state, string? incident = "inc-1")
    {
        using var started = await Admin.PostAsJsonAsync(new Uri("/api/v1/runs", UriKind.Relative), new { runbook, incident });
        started.StatusCode.ShouldBe(HttpStatusCode.Created, await started.Content.ReadAsStringAsync());
        var run = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await RunIsAsync(run, state);
        return run;
    }

    internal async Task ApproveAsync(string run, string step)
    {
        using var decided = await Admin.PostAsJsonAsync(
            new Uri($"/api/v1/runs/{run}/decisions", UriKind.Relative),
            new { step, decision = "approve" }
        );
        decided.IsSuccessStatusCode.ShouldBeTrue(await decided.Content.ReadAsStringAsync());
    }

    internal Task RunIsAsync(string run, string state) =>
        Bot.UntilAsync(async () =>
            (await BotUnderTest.JsonAsync(Admin, "/api/v1/runs/" + run)).GetProperty("state").GetString() == state ? state : null
        );

    private async Task HappenAsync()
    {
        foreach (var (name, role) in new[] { ("anna", Role.Responder), ("bob", Role.Approver) })
            await Bot.LinkAsync(name, role);
        Delivery = await Bot.DeliverAsync(Payload.Alertmanager("g", 0, ("web-1", true, DateTimeOffset.UnixEpoch.AddYears(56))));
        foreach (
            var text in new[]
            {
                "/incident lead @bob",
                "/incident task Call the vendor --for @anna",
                "/incident task Tell support",
                "/incident task done 2",
                "/incident note It began with the deploy --at -10m",
                "/incident update We know the cause",
                "It is the new build",
            }
        )
            await BotUnderTest.SayAsync(Admin, text, "inc-1");
        await BotUnderTest.SayAsync(Admin, "/incident declare Nobody leads this --severity 1");
        await BotUnderTest.SayAsync(Admin, "/incident declare Long over --severity 4");
        await BotUnderTest.SayAsync(Admin, "/incident resolve It holds", "inc-3");
        Waiting = await StartRunAsync("careful", "waiting");
        Unknown = await StartRunAsync("lost", "waiting");
    }

    private const string Careful = """
        runbook: careful
        summary: Writes some lines, asks, and goes on
        inputs:
          why: { type: string, default: because, description: for the record }
        steps:
          - id: look
            run: for i in 1 2 3; do echo "line $i"; done
            effect: read
          - id: act
            run: echo "it was done"
            approve: { need: 1, expires: 20m }
        """;

    private static string Lost(int port) =>
        $$"""
            runbook: lost
            steps:
              - id: call
                uses: http/request@1
                with: { method: POST, url: "http://127.0.0.1:{{port}}/" }
                effect: once
                timeout: 1s
            """;
}
