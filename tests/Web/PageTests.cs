using Bot.Access;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Tests.Support;

namespace Tests.Web;

/// <summary>The pages in a real Chromium: for everybody's eyes, on small screens, by keyboard, without JavaScript, live.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>
{
    private IEnumerable<string> Pages =>
        [
            "/",
            "/incidents/inc-1",
            "/incidents/inc-2",
            "/incidents/inc-3",
            "/incidents/inc-1/postmortem",
            "/runs/" + browser.Waiting,
            "/runs/" + browser.Unknown,
            "/console",
            "/console/inc-1",
            "/alerts",
            "/deliveries",
            "/deliveries/" + browser.Delivery,
            "/runbooks",
            "/people",
            "/health",
            "/incidents/inc-99",
        ];

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Every_page_passes_the_accessibility_check(ColorScheme scheme)
    {
        var options = new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce };
        var violations = new List<string>();
        var page = await browser.SignedInAsync("axe", Role.Admin, options);
        foreach (var path in Pages)
        {
            await page.GotoAsync(path);
            foreach (var menu in await page.Locator("details").AllAsync())
                await menu.EvaluateAsync("menu => menu.open = true");
            violations.AddRange(await ViolationsAsync(page, path));
        }

        var stranger = await browser.WindowAsync(new BrowserNewContextOptions(options));
        foreach (
            var path in new[] { "/sign-in", (await browser.Bot.LinkAsync("zoe", Role.Viewer)).ToString(), "/sign-in/wrong", "/ack/wrong" }
        )
        {
            await stranger.GotoAsync(path);
            violations.AddRange(await ViolationsAsync(stranger, path));
        }

        violations.ShouldBeEmpty();
        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_page_is_wider_than_a_telephone()
    {
        var page = await browser.SignedInAsync(
            "phone",
            Role.Admin,
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = 400, Height = 800 },
            }
        );
        foreach (var path in Pages)
        {
            await page.GotoAsync(path);
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(400, path);
        }
    }

    [Fact]
    public async Task Without_JavaScript_a_step_is_approved_and_a_message_said_by_plain_forms()
    {
        var run = await browser.StartRunAsync("careful", "waiting", "inc-2");
        var page = await browser.SignedInAsync("bob", Role.Approver, new BrowserNewContextOptions { JavaScriptEnabled = false });
        await page.GetByRole(AriaRole.Link, new() { Name = "Nobody leads this" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Take the lead" }).ClickAsync();
        await Assertions.Expect(page.Locator(".facts")).ToContainTextAsync("bob");

        await page.GetByRole(AriaRole.Link, new() { Name = "Channel" }).ClickAsync();
        await page.GetByLabel("Say or command").FillAsync("I am looking at it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(page.Locator(".chatlog")).ToContainTextAsync("I am looking at it");

        await page.GotoAsync("/runs/" + run);
        await Assertions.Expect(page.Locator(".output")).ToContainTextAsync("line 3");
        await page.Locator(".decide").GetByLabel("Reason").FillAsync("it is the right thing");
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await browser.RunIsAsync(run, "succeeded");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator(".steps")).ToContainTextAsync("it is the right thing");
    }

    [Fact]
    public async Task A_run_is_taken_over_from_its_page_another_input_and_a_step_done_by_hand()
    {
        var page = await browser.SignedInAsync("hana", Role.Approver);
        await page.GotoAsync("/runs/" + browser.Unknown);
        foreach (var choice in new[] { "It happened", "Skip", "Done by hand", "Stop and undo", "Stop" })
            await Assertions
                .Expect(page.Locator(".card.unknown").GetByRole(AriaRole.Button, new() { Name = choice, Exact = true }))
                .ToBeVisibleAsync();
        // What would do it a second time asks once more.
        var again = page.Locator(".card.unknown button[value=run-again]");
        await Assertions.Expect(again).ToBeHiddenAsync();
        await page.Locator(".card.unknown summary", new() { HasText = "It did not, run again" }).ClickAsync();
        await Assertions.Expect(again).ToBeVisibleAsync();

        var run = await browser.StartRunAsync("careful", "waiting");
        await page.GotoAsync("/runs/" + run);
        await page.Locator("summary", new() { HasText = "Change course" }).ClickAsync();
        await page.GetByLabel("why").FillAsync("another reason");
        var change = page.Locator("form", new() { Has = page.GetByRole(AriaRole.Button, new() { Name = "Change inputs" }) });
        await change.GetByLabel("Reason").FillAsync("the first was wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change inputs" }).ClickAsync();
        await Assertions.Expect(page.Locator("section", new() { HasText = "Inputs" }).Last).ToContainTextAsync("another reason");

        await page.Locator("summary", new() { HasText = "Take over" }).ClickAsync();
        await page.GetByLabel("What did you do?").FillAsync("I did it on the host");
        await page.GetByRole(AriaRole.Button, new() { Name = "Done by hand" }).ClickAsync();
        await browser.RunIsAsync(run, "succeeded");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator(".steps")).ToContainTextAsync("done by hand by user:hana (I did it on the host)");
    }

    [Fact]
    public async Task What_one_types_in_the_console_another_sees_without_reloading()
    {
        await BotUnderTest.SayAsync(browser.Admin, "/incident declare For the chat");
        var number = (await BotUnderTest.JsonAsync(browser.Admin, "/api/v1/incidents?limit=1")).GetProperty("items")[0].GetProperty("id");
        var anna = await browser.SignedInAsync("anna", Role.Responder);
        var carol = await browser.SignedInAsync("carol", Role.Viewer);
        await carol.GotoAsync("/console/" + number);
        await Assertions.Expect(carol.Locator("[data-live-state]")).ToHaveTextAsync("live");

        await anna.GotoAsync("/console/" + number);
        await anna.GetByLabel("Say or command").FillAsync("the second disk as well");
        await anna.GetByLabel("Say or command").PressAsync("Enter");
        await Assertions.Expect(carol.Locator(".chatlog")).ToContainTextAsync("the second disk as well");
        await Assertions.Expect(anna.GetByLabel("Say or command")).ToHaveValueAsync("");

        // A button with a form: what is answered is what could have been typed.
        await anna.Locator("summary", new() { HasText = "Severity" }).ClickAsync();
        await anna.GetByLabel("Severity", new() { Exact = true }).SelectOptionAsync("sev2");
        await anna.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        await Assertions.Expect(carol.Locator(".room .top")).ToContainTextAsync("SEV2");

        await anna.GetByLabel("Say or command").FillAsync("/incident sevrity 1");
        await anna.GetByLabel("Say or command").PressAsync("Enter");
        await Assertions.Expect(anna.Locator(".flash")).ToContainTextAsync("Did you mean /incident severity?");
    }

    [Fact]
    public async Task The_board_and_a_run_follow_what_happens()
    {
        var board = await browser.SignedInAsync("dora", Role.Viewer);
        await Assertions.Expect(board.Locator("[data-live-state]")).ToHaveTextAsync("live");
        await BotUnderTest.SayAsync(browser.Admin, "/incident declare Something new on the board");
        await Assertions.Expect(board.Locator(".board")).ToContainTextAsync("Something new on the board");

        var run = await browser.StartRunAsync("careful", "waiting", null);
        var page = await browser.SignedInAsync("emil", Role.Approver);
        await page.GotoAsync("/runs/" + run);
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await browser.RunIsAsync(run, "succeeded");
        await Assertions.Expect(page.Locator(".output")).ToContainTextAsync("it was done");
        await Assertions.Expect(page.Locator("h1 + .state")).ToHaveTextAsync("succeeded");
    }

    [Fact]
    public async Task What_happens_before_a_page_hears_of_anything_is_on_it_all_the_same()
    {
        var page = await browser.SignedInAsync("fay", Role.Viewer);
        var happened = new TaskCompletionSource();
        await page.RouteAsync(
            "**/live*.js*",
            async route =>
            {
                await happened.Task;
                await route.ContinueAsync();
            }
        );
        await page.GotoAsync("/", new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        await page.Locator(".board").WaitForAsync();
        await BotUnderTest.SayAsync(browser.Admin, "/incident declare Between making and hearing");
        happened.SetResult();
        await Assertions.Expect(page.Locator(".board")).ToContainTextAsync("Between making and hearing");
    }

    [Fact]
    public async Task Who_is_in_a_field_stays_there_and_sees_afterwards_what_happened_meanwhile()
    {
        var run = await browser.StartRunAsync("careful", "waiting");
        var page = await browser.SignedInAsync("gus", Role.Approver);
        await page.GotoAsync("/runs/" + run);
        await Assertions.Expect(page.Locator("[data-live-state]")).ToHaveTextAsync("live");
        // Into the second form, before the menu's own event comes.
        await page.Locator("details", new() { HasText = "Change course" })
            .EvaluateAsync(
                """
                menu => new Promise(opened => {
                    menu.addEventListener("toggle", () => setTimeout(opened));
                    menu.open = true;
                    menu.querySelector("[name='answer.why']").focus();
                })
                """
            );
        await Assertions.Expect(page.GetByLabel("why")).ToBeFocusedAsync();

        await page.GetByLabel("why").FillAsync("half a rea");
        await page.RunAndWaitForResponseAsync(
            () => browser.ApproveAsync(run, "act"),
            answer => answer.Url.EndsWith("/runs/" + run, StringComparison.Ordinal)
        );
        await browser.RunIsAsync(run, "succeeded");
        await Assertions.Expect(page.GetByLabel("why")).ToHaveValueAsync("half a rea");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("h1 + .state")).ToHaveTextAsync("succeeded");
    }

    [Fact]
    public async Task The_keyboard_is_enough()
    {
        var page = await browser.SignedInAsync("kim", Role.Responder);
        await page.GotoAsync("/");
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.Locator(".skip")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#main")).ToBeFocusedAsync();

        var declare = page.Locator("summary", new() { HasText = "Declare" });
        await declare.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByLabel("What is wrong?")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(declare).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByLabel("What is wrong?")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task On_paper_there_is_the_story_and_nothing_to_press()
    {
        var page = await browser.SignedInAsync("paul", Role.Responder);
        await page.GotoAsync("/incidents/inc-1");
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });

        await Assertions.Expect(page.Locator(".story")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("nav").First).ToBeHiddenAsync();
        (await page.Locator("button:visible").CountAsync()).ShouldBe(0);
    }

    private static async Task<IEnumerable<string>> ViolationsAsync(IPage page, string path) =>
        (await page.RunAxe()).Violations.Select(violation =>
            $"{path}: {violation.Id} ({violation.Impact}) {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}"
        );
}
