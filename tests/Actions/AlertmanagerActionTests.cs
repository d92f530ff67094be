using System.Text.Json;
using Integrations.Alertmanager;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>A real Alertmanager is told to be silent.</summary>
public sealed class AlertmanagerActionTests(AlertmanagerActionTests.Server server) : IClassFixture<AlertmanagerActionTests.Server>
{
    private static readonly AlertmanagerSilenceAction Silence = new(Called.Outward);
    private static readonly AlertmanagerSilencesAction Silences = new(Called.Outward);
    private static readonly AlertmanagerExpireSilenceAction Expire = new(Called.Outward);

    private string Url => server.Alertmanager.Address;

    [Fact]
    public async Task A_silence_is_made_listed_and_expired_and_that_twice_is_no_failure()
    {
        var made = await Called.SucceedsAsync(Silence, With("expired", new { service = "expired", alertname = "~Redis.*" }));
        var id = made.GetProperty("id").GetString();

        var listed = (await ListAsync("expired")).ShouldHaveSingleItem();
        listed.GetProperty("id").GetString().ShouldBe(id);
        listed.GetProperty("comment").GetString().ShouldBe("it is being failed over");
        listed
            .GetProperty("matchers")
            .EnumerateArray()
            .Select(matcher => matcher.GetString())
            .ShouldBe(["service=\"expired\"", "alertname=~\"Redis.*\""], ignoreOrder: true);

        for (var times = 0; times < 2; times++)
        {
            var ended = await Called.SucceedsAsync(Expire, new { url = Url, id });
            ended.GetProperty("state").GetString().ShouldBe("expired");
        }

        (await ListAsync("expired")).ShouldBeEmpty();
    }

    [Fact]
    public async Task It_lasts_as_long_as_it_says()
    {
        var before = TimeProvider.System.GetUtcNow();

        var made = await Called.SucceedsAsync(Silence, With("lasting", new { service = "lasting" }));

        var end = made.GetProperty("ends-at").GetDateTimeOffset();
        end.ShouldBeInRange(before.AddMinutes(30), before.AddMinutes(32));
        // Alertmanager tells milliseconds.
        var listed = (await ListAsync("lasting")).ShouldHaveSingleItem();
        listed.GetProperty("ends-at").GetDateTimeOffset().ShouldBe(end, TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task A_pattern_that_is_none_is_refused_in_the_words_of_Alertmanager()
    {
        var failed = await Called.FailsAsync(Silence, With("wrong", new { service = "~(" }), FailureClass.Refused);

        failed.Because.ShouldContain("400");
        failed.Because.ShouldContain("matcher");
    }

    [Fact]
    public async Task A_silence_that_nobody_made_is_refused() =>
        (
            await Called.FailsAsync(Expire, new { url = Url, id = "5b6a3f0e-0d2c-4a52-9a3b-8f6a6d1d2c11" }, FailureClass.Refused)
        ).Because.ShouldContain("silence not found");

    [Theory]
    [InlineData("<html>Sign in</html>", "cannot be read back: the answer was 200, but cannot be read")]
    [InlineData("{}", "cannot be read back: the answer was 200, but cannot be read")]
    [InlineData(
        """{"id":"5b6a3f0e-0d2c-4a52-9a3b-8f6a6d1d2c11","status":{"state":"active"},"matchers":[],"endsAt":"2026-01-01T00:00:00Z","createdBy":"","comment":""}""",
        "is active all the same"
    )]
    public async Task A_yes_is_believed_when_the_silence_reads_as_expired(string page, string because)
    {
        await using var target = Answering(page);

        (
            await Called.FailsAsync(
                Expire,
                new { url = $"http://127.0.0.1:{target.Port}", id = "5b6a3f0e-0d2c-4a52-9a3b-8f6a6d1d2c11" },
                FailureClass.Unknown
            )
        ).Because.ShouldContain(because);
    }

    [Fact]
    public void What_makes_no_sense_is_not_sent()
    {
        var nothing = new Dictionary<string, string>(StringComparer.Ordinal);

        Called.Misfit(Silence, With("all", nothing)).ShouldContain("every alert");
        Called.Misfit(Silence, With("long", new { a = "b" }, "30d")).ShouldContain("at most 7d");
        Called.Misfit(Expire, new { url = Url, id = "../status" }).ShouldContain("'id'");
        Called.Misfit(Expire, new { url = Url, id = (string?)null }).ShouldContain("and it is null");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"silenceID":null}""")]
    [InlineData("""{"silenceID":""}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task An_answer_without_a_silence_is_no_silence(string body)
    {
        await using var target = Answering(body);
        var with = With("nobody", new { service = "shop" });
        with["url"] = $"http://127.0.0.1:{target.Port}";

        (await Called.FailsAsync(Silence, with, FailureClass.Unknown)).Because.ShouldStartWith("the answer ");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("null")]
    public async Task A_list_that_is_none_of_silences_is_refused(string body)
    {
        await using var target = Answering(body);

        (await Called.FailsAsync(Silences, new { url = $"http://127.0.0.1:{target.Port}" }, FailureClass.Refused)).Because.ShouldStartWith(
            "the answer "
        );
    }

    [Fact]
    public void The_plan_says_what_will_be_silent()
    {
        var plan = Silence.Describe(JsonSerializer.SerializeToElement(With("plan", new { service = "shop", alertname = "~Redis.*" })));

        plan.ShouldBe($"silence service=\"shop\", alertname=~\"Redis.*\" for 30m in {Url}");
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync(string service)
    {
        var listed = await Called.SucceedsAsync(Silences, new { url = Url, matchers = new { service } });
        return [.. listed.GetProperty("silences").EnumerateArray()];
    }

    private static TcpTarget Answering(string body) =>
        TcpTarget.Answering($"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {body.Length}\n\n{body}");

    private Dictionary<string, object> With(string by, object matchers, string length = "30m") =>
        new(StringComparer.Ordinal)
        {
            ["url"] = Url,
            ["matchers"] = matchers,
            ["for"] = length,
            ["comment"] = "it is being failed over",
            ["created-by"] = by,
        };

    public sealed class Server : IAsyncLifetime
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-alertmanager-");

        internal AlertmanagerServer Alertmanager { get; private set; } = null!;

        public Task InitializeAsync()
        {
            Alertmanager = new AlertmanagerServer(folder.FullName, new Uri($"http://127.0.0.1:{Loopback.FreePort()}/"), "token");
            return Alertmanager.UntilReadyAsync();
        }

        public Task DisposeAsync()
        {
            Alertmanager.Dispose();
            folder.Delete(recursive: true);
            return Task.CompletedTask;
        }
    }
}
