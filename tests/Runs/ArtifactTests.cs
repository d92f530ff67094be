using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Bot.Access;
using Bot.Storage;
using Bot.Timeline;
using Tests.Support;

namespace Tests.Runs;

/// <summary>What a script leaves, from the step to whoever downloads it.</summary>
public sealed class ArtifactTests : IAsyncLifetime
{
    private const string Runbook = """
        runbook: leaves
        steps:
          - id: dump
            run: |
              echo 'threads: 7' > stack.txt
              mkdir -p raw && head -c 600000 /dev/urandom > 'raw/heap ä.bin'
              ln -s /etc/passwd raw/linked
              exit 4
            effect: read
            artifacts: [ "*.txt", raw/*, core.* ]
            continue-on-error: true
          - id: each
            for-each: [ a, b ]
            run: echo "$NAME" > name.txt
            env: { NAME: "${{ item }}" }
            artifacts: name.txt
        """;

    private BotUnderTest bot = null!;
    private HttpClient anna = null!;
    private StartedRun run = null!;
    private JsonElement[] artifacts = [];

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(runbooks: [Runbook]);
        anna = await bot.PersonAsync("anna", Role.Responder);
        var client = await bot.TokenAsync(Role.Responder);
        await BotUnderTest.SayAsync(client, "/incident declare Out of memory");
        run = await StartedRun.OfAsync(bot, client, "leaves", incident: "inc-1");
        await run.EndsAsync("succeeded");
        artifacts = [.. (await run.StateAsync()).GetProperty("artifacts").EnumerateArray()];
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task Its_files_are_listed_and_downloaded_whole()
    {
        artifacts.Select(Told).ShouldBe(["1 dump raw/heap ä.bin", "2 dump stack.txt", "3 each[0] name.txt", "4 each[1] name.txt"]);
        foreach (var artifact in artifacts)
        {
            using var answer = await anna.GetAsync(new Uri(artifact.GetProperty("url").GetString()!, UriKind.Relative));
            var content = await answer.Content.ReadAsByteArrayAsync();

            content.Length.ShouldBe(artifact.GetProperty("size").GetInt32());
            Convert.ToHexStringLower(SHA256.HashData(content)).ShouldBe(artifact.GetProperty("sha256").GetString());
        }
    }

    [Fact]
    public async Task A_browser_only_ever_saves_them()
    {
        foreach (var door in (string[])["/api/v1/runs", "/runs"])
        {
            using var binary = await anna.GetAsync(new Uri($"{door}/{run.Id}/artifacts/1", UriKind.Relative));
            binary.StatusCode.ShouldBe(HttpStatusCode.OK);
            binary.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
            binary.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
            binary.Content.Headers.ContentDisposition.FileNameStar.ShouldBe("heap ä.bin");
            binary.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            using var text = await anna.GetAsync(new Uri($"{door}/{run.Id}/artifacts/2", UriKind.Relative));
            text.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=utf-8");
            (await text.Content.ReadAsStringAsync()).ShouldBe("threads: 7\n");
            foreach (var none in (string[])["0", "5", "x", "-1"])
            {
                using var answer = await anna.GetAsync(new Uri($"{door}/{run.Id}/artifacts/{none}", UriKind.Relative));
                answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, none);
            }
        }
    }

    [Fact]
    public async Task The_page_the_timeline_and_the_output_tell_of_them()
    {
        var page = await anna.GetStringAsync(new Uri("/runs/" + run.Id, UriKind.Relative));
        page.ShouldContain($"""<a href="/runs/{run.Id}/artifacts/2" download>stack.txt</a>""");
        page.ShouldContain("600 KB");
        var story = await bot.Get<TimelineReader>().ReadAllAsync(1, default);
        story
            .Select(entry => entry.Text)
            .ShouldContain(
                "Step dump left raw/heap ä.bin (600 KB), stack.txt (11 bytes); "
                    + "not kept: raw/linked: it is a link to /etc/passwd, and links are not followed"
            );
        await Until.Holds(
            async () =>
                (await BotUnderTest.JsonAsync(anna, $"/api/v1/runs/{run.Id}/output"))
                    .GetProperty("items")
                    .EnumerateArray()
                    .Any(line => line.GetProperty("text").GetString() == "artifacts: nothing matches 'core.*'"),
            "the word that nothing matches"
        );
    }

    [Fact]
    public async Task What_is_not_kept_any_more_is_said()
    {
        await bot.Get<ArtifactTable>().PruneAsync(DateTimeOffset.MaxValue, 100, default);

        foreach (var door in (string[])["/api/v1/runs", "/runs"])
        {
            using var gone = await anna.GetAsync(new Uri($"{door}/{run.Id}/artifacts/2", UriKind.Relative));
            gone.StatusCode.ShouldBe(HttpStatusCode.Gone);
            (await gone.Content.ReadAsStringAsync()).ShouldContain("its time (Retention:Output) is over");
        }

        (await run.StateAsync()).GetProperty("artifacts")[1].GetProperty("url").ValueKind.ShouldBe(JsonValueKind.Null);
        (await anna.GetStringAsync(new Uri("/runs/" + run.Id, UriKind.Relative))).ShouldContain("not kept any more");
    }

    private static string Told(JsonElement artifact) =>
        $"{artifact.GetProperty("n")} {artifact.GetProperty("step").GetString()} {artifact.GetProperty("name").GetString()}";
}
