using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Tests.Support;

namespace Tests.Web;

/// <summary>Lines of a run as server-sent events: history and live on one path, resumed by number.</summary>
public sealed class OutputStreamTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Lines_come_live_and_a_resume_misses_and_repeats_none()
    {
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$"""
                runbook: speaks
                steps:
                  - id: speak
                    run: |
                      seq 1 3
                      until [ -e {{folder.FullName}}/on ]; do sleep 0.05; done
                      seq 4 6
                    effect: read
                  - id: after
                    run: 'true'
                """,
            ]
        );
        var client = await bot.TokenAsync(Role.Responder);
        using var answer = await client.PostAsJsonAsync(new Uri("/api/v1/runs", UriKind.Relative), new { runbook = "speaks" });
        var run = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;

        // While it runs: what is there comes at once, and the first reader stops listening after it.
        (await ReadAsync(client, run, last: null, until: 3)).ShouldBe(["1:1", "2:2", "3:3"]);
        var progress = (await BotUnderTest.JsonAsync(client, $"/api/v1/runs/{run}")).GetProperty("progress");
        progress.GetProperty("known").GetInt32().ShouldBe(2);
        progress.GetProperty("done").GetInt32().ShouldBe(0);
        progress.GetProperty("current")[0].GetString().ShouldBe("speak");

        var rest = ReadAsync(client, run, last: "2", until: null);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "on"), "");
        (await rest).ShouldBe(["3:3", "4:4", "5:5", "6:6", "end"]);

        var person = await bot.PersonAsync("olga", Role.Responder);
        var page = await person.GetStringAsync(new Uri($"/runs/{run}", UriKind.Relative));
        page.ShouldContain("2 of 2 steps done");
        page.ShouldContain("data-after=\"6\"");
    }

    [Fact]
    public async Task A_run_that_is_not_there_has_no_output()
    {
        await using var bot = await BotUnderTest.StartAsync();
        var client = await bot.TokenAsync(Role.Viewer);
        using var none = await client.GetAsync(new Uri("/api/v1/runs/run-none/output", UriKind.Relative));
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static async Task<List<string>> ReadAsync(HttpClient client, string run, string? last, int? until)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/v1/runs/{run}/output?after=0", UriKind.Relative));
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        var (seen, id) = (new List<string>(), 0);
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = int.Parse(line[4..], CultureInfo.InvariantCulture);
            else if (line.StartsWith("data: {\"", StringComparison.Ordinal))
                seen.Add($"{id}:{JsonElement.Parse(line[6..]).GetProperty("text").GetString()}");
            else if (line == "event: end")
                seen.Add("end");
            if (id == until && seen.Count == until)
                break;
        }

        return seen;
    }
}
