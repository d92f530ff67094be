using System.Net;
using Integrations;
using Integrations.Postgres;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Whom a step takes for its PostgreSQL: on another machine only who shows a certificate for the name, at an address that was looked at.</summary>
public sealed class PostgresTrustTests : IDisposable
{
    // To Linux it is this machine, and to everybody else no loopback address: a machine of its own.
    private static readonly IPAddress Elsewhere = IPAddress.Any;
    private readonly PostgresServer server = new();
    private readonly List<string> shown = [];

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task A_server_on_another_machine_has_to_show_a_certificate_for_its_name()
    {
        (await NotSentAsync("")).ShouldContain("SSL");
        var root = server.SpeakTls("db.example");
        await Until.Holds(async () => await RunAsync(";SSL Mode=Require") is ActionResult.Succeeded, "TLS");

        (await NotSentAsync("")).ShouldContain("certificate");
        (await NotSentAsync($";Root Certificate={root}", host: "other.example")).ShouldContain("certificate");

        shown.Clear();
        var done = await RunAsync($";Root Certificate={root}");
        done.ShouldBeOfType<ActionResult.Succeeded>((done as ActionResult.Failed)?.Because)
            .Result.GetProperty("rows")[0]
            .GetProperty("ssl")
            .GetBoolean()
            .ShouldBeTrue();
        shown.ShouldBe(["1 row(s)"]);
    }

    [Theory]
    [InlineData("Prefer")]
    [InlineData("Disable")]
    public async Task Whoever_asks_for_less_gets_it_and_the_output_says_so(string mode)
    {
        (await RunAsync($";sslmode={mode}")).ShouldBeOfType<ActionResult.Succeeded>();

        shown.ShouldContain($"SSL Mode={mode}: who answers at db.example:{server.Port} is not verified");
    }

    [Fact]
    public async Task The_name_is_asked_for_once_and_what_was_looked_at_is_what_is_called()
    {
        var asked = 0;
        var outward = new Outward(new AllowedHosts(["127.0.0.0/8"]), TimeProvider.System)
        {
            // Whoever serves the name says another address the second time, which nobody may call.
            Names = (_, _) =>
                Task.FromResult<IPAddress[]>(asked++ == 0 ? [IPAddress.Parse("127.0.0.9"), IPAddress.Loopback] : [IPAddress.Any]),
        };

        var done = await Called.RunAsync(
            new PostgresQueryAction(outward),
            new { connection = $"Host=db.example;Port={server.Port};Username=postgres", sql = "select 1" }
        );

        done.ShouldBeOfType<ActionResult.Succeeded>((done as ActionResult.Failed)?.Because);
        asked.ShouldBe(1);
    }

    private async Task<string> NotSentAsync(string options, string host = "db.example")
    {
        var failed = (await RunAsync(options, host)).ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(FailureClass.NotSent, failed.Because);
        return failed.Because;
    }

    private Task<ActionResult> RunAsync(string options, string host = "db.example")
    {
        var outward = new Outward(new AllowedHosts(["*.example"]), TimeProvider.System)
        {
            Names = (_, _) => Task.FromResult<IPAddress[]>([Elsewhere]),
        };
        return Called.RunAsync(
            new PostgresQueryAction(outward),
            new
            {
                connection = $"Host={host};Port={server.Port};Username=postgres{options}",
                sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
            },
            output: shown.Add
        );
    }
}
