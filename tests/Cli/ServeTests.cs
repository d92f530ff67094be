using System.Net;
using Bot.Cli;
using Tests.Support;

namespace Tests.Cli;

/// <summary>The first minute with a new server, read from what it prints.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("incident-serves-");

    public void Dispose() => home.Delete(recursive: true);

    [Fact]
    public async Task It_says_where_it_is_how_to_sign_in_first_and_what_to_do_next()
    {
        var address = $"http://127.0.0.1:{Loopback.FreePort()}";
        var settings = new Dictionary<string, string>
        {
            ["Urls"] = address,
            ["Web__PublicUrl"] = address,
            ["Storage__ConnectionString"] = $"Data Source={home.FullName}/incident.db",
        };
        using (var first = new StartedCommand(settings))
        {
            await first.SaysAsync("Ctrl-C stops it.");
            var said = first.SoFar.Output;
            said.ShouldStartWith($"Incident serves on {address}");
            said.ShouldContain("What to do next:");
            said.ShouldContain("incident drill");
            said.ShouldContain("incident user invite NAME --role responder");
            said.ShouldContain("incident token create --name alertmanager --role source:alertmanager");

            await SignInAsync(new Uri((await first.SaysAsync("/sign-in/")).Trim()));

            var ended = await first.InterruptAsync();
            ended.Exit.ShouldBe(CommandLine.Success, ended.ToString());
            ended.Error.ShouldBeEmpty();
        }

        // Somebody is there now: no second stranger becomes an admin by reading the terminal.
        using var again = new StartedCommand(settings, "serve");
        await again.SaysAsync("Ctrl-C stops it.");
        again.SoFar.Output.ShouldNotContain("/sign-in/");
        (await again.InterruptAsync()).Exit.ShouldBe(CommandLine.Success);
    }

    private static async Task SignInAsync(Uri link)
    {
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() })
        {
            BaseAddress = new Uri(link, "/"),
            Timeout = StartedCommand.Patience,
        };
        using var signedIn = await BotUnderTest.PostFormAsync(browser, link.AbsolutePath, link.AbsolutePath, []);
        signedIn.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        // Only an admin sees the people.
        (await browser.GetStringAsync(new Uri("/people", UriKind.Relative))).ShouldContain("admin");
    }
}
