using System.Text;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>
/// Answers that System.Text.Json reads and cannot write again, or writes so deep that nothing reads them back: the run ends all the same, and
/// everybody can look at it.
/// </summary>
public abstract class UnwritableResultContract
{
    private protected abstract string NewDatabase();

    [Fact]
    public async Task A_target_is_called_once_whatever_it_answers()
    {
        string[] answers = ["""{"a":"\ud800","\udc00":1}""", Nested(33), Nested(60), Nested(62), Nested(63), Nested(64), Nested(200)];
        var targets = answers
            .Select(answer => TcpTarget.Answering($"HTTP/1.1 200 OK\nContent-Length: {Encoding.ASCII.GetByteCount(answer)}\n\n{answer}"))
            .ToList();
        var folder = Directory.CreateTempSubdirectory("incident-unwritable-");
        for (var i = 0; i < answers.Length; i++)
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, $"book-{i}.yaml"),
                $$$"""
                runbook: book-{{{i}}}
                steps:
                  - { id: calls, uses: http/request@1, with: { url: "http://127.0.0.1:{{{targets[i].Port}}}/", method: POST } }
                  - id: reads
                    run: printf '%s' "$TEXT"
                    effect: read
                    env: { TEXT: "${{ steps.calls.outputs.body }}" }
                    outputs: { doc: "${{ fromJSON(result.stdout) }}" }
                    continue-on-error: true
                """
            );
        }

        await using var cut = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 16\n\n{\"errors\":[\"a\"]}");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "expects.yaml"),
            $$$"""
            runbook: expects
            steps:
              - id: json
                uses: http/request@1
                with: { url: "http://127.0.0.1:{{{cut.Port}}}/", max-bytes: 12B }
                expect: result.json.errors == null
                continue-on-error: true
              - id: body
                uses: http/request@1
                with: { url: "http://127.0.0.1:{{{cut.Port}}}/", max-bytes: 12B }
                expect: result.status == 200 && contains(result.body, 'errors')
            """
        );
        using var bot = new BotProcess(
            NewDatabase(),
            more: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Runbooks__Paths__0"] = folder.FullName,
                ["Runbooks__AllowedHosts__0"] = "127.0.0.1",
            }
        );
        await bot.StartAsync();
        var incident = (await bot.PostAsync("/api/v1/incidents", new { title = "Checkout down", severity = "sev2" }))
            .GetProperty("id")
            .GetString()!;

        for (var i = 0; i < answers.Length; i++)
        {
            await bot.PostAsync("/api/v1/runs?plan=true", new { runbook = $"book-{i}", incident });
            var run = (await bot.PostAsync("/api/v1/runs", new { runbook = $"book-{i}", incident })).GetProperty("id").GetString()!;
            await Until.Holds(
                async () => (await bot.GetAsync($"/api/v1/runs/{run}")).GetProperty("state").GetString() == "succeeded",
                $"a run that ends with {answers[i]}"
            );
            targets[i].Requests.ShouldBe(1, answers[i]);
            var calls = (await bot.GetAsync($"/api/v1/runs/{run}")).GetProperty("steps")[0];
            calls.GetProperty("outputs").GetProperty("status").GetInt32().ShouldBe(200);
            calls.GetProperty("outputs").GetProperty("json").ToString().ShouldContain(i == 0 ? "\ufffd" : "levels deep");
        }

        var expects = (await bot.PostAsync("/api/v1/runs", new { runbook = "expects" })).GetProperty("id").GetString()!;
        await Until.Holds(
            async () => (await bot.GetAsync($"/api/v1/runs/{expects}")).GetProperty("state").GetString() == "succeeded",
            "a run that does without the JSON"
        );
        var json = (await bot.GetAsync($"/api/v1/runs/{expects}")).GetProperty("steps")[0];
        json.GetProperty("outcome").GetString().ShouldBe("failure");
        json.GetProperty("because")
            .GetString()!
            .ShouldStartWith("the answer came, but: 'result.json' was not read: only the first 12 bytes");

        await bot.GetAsync($"/api/v1/incidents/{incident}/timeline");
        foreach (var target in targets)
            await target.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);
}

public sealed class SqliteUnwritableResultTests : UnwritableResultContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresUnwritableResultTests : UnwritableResultContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
