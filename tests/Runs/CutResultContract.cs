using Npgsql;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>A bot is killed after a query that brought more than is kept: what the log has of it is as little there for who goes on.</summary>
public abstract class CutResultContract
{
    private protected abstract string NewDatabase();

    [Fact]
    public async Task Who_reads_what_was_not_kept_fails_by_name_and_nobody_else()
    {
        var folder = Directory.CreateTempSubdirectory("incident-cut-");
        var asked = new NpgsqlConnectionStringBuilder(PostgresServer.Shared.NewDatabase());
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "reads.yaml"),
            $$$"""
            runbook: reads
            steps:
              - id: many
                uses: postgres/query@1
                with:
                  connection: "Host={{{asked.Host}}};Port={{{asked.Port}}};Database={{{asked.Database}}};Username={{{asked.Username}}}"
                  sql: select repeat('x', 3000) as name from generate_series(1, 100)
              - { id: agreed, approve: { need: 1 } }
              - { id: reads-rows, uses: core/count@1, with: { key: "${{ steps.many.outputs.rows[0].name }}" }, continue-on-error: true }
              - { id: skips-rows, uses: incident/note@1, if: "steps.many.outputs.rows == null", with: { text: none }, continue-on-error: true }
              - { id: reads-count, uses: core/count@1, with: { key: "${{ steps.many.outputs.count }} rows" } }
            """
        );
        using var bot = new BotProcess(
            NewDatabase(),
            more: new Dictionary<string, string>(StringComparer.Ordinal) { ["Runbooks__Paths__0"] = folder.FullName }
        );
        await bot.StartAsync();
        // A plan asks for real, and says what a run would.
        var planned = (await bot.PostAsync("/api/v1/runs?plan=true", new { runbook = "reads" }))
            .GetProperty("steps")
            .EnumerateArray()
            .ToDictionary(step => step.GetProperty("step").GetString()!);
        foreach (var step in (string[])["reads-rows", "skips-rows"])
        {
            planned[step].GetProperty("known").GetBoolean().ShouldBeFalse(step);
            planned[step].GetProperty("because").GetString()!.ShouldStartWith("'steps.many.outputs.rows' takes 301.", Case.Sensitive, step);
        }

        planned["reads-count"].GetProperty("call").GetString()!.ShouldContain("100 rows");
        var run = (await bot.PostAsync("/api/v1/runs", new { runbook = "reads" })).GetProperty("id").GetString()!;
        await IsAsync("waiting");
        bot.Kill();
        await bot.StartAsync();

        await bot.PostAsync($"/api/v1/runs/{run}/decisions", new { step = "agreed", decision = "approve" });
        await IsAsync("succeeded");

        var steps = (await bot.GetAsync($"/api/v1/runs/{run}"))
            .GetProperty("steps")
            .EnumerateArray()
            .ToDictionary(step => step.GetProperty("id").GetString()!);
        foreach (var step in (string[])["reads-rows", "skips-rows"])
        {
            steps[step].GetProperty("outcome").GetString().ShouldBe("failure", step);
            var because = steps[step].GetProperty("because").GetString()!;
            because.ShouldStartWith("'steps.many.outputs.rows' takes 301.");
            because.ShouldContain("of a result 256 KB are kept");
            because.ShouldContain("Ask for less (a narrower query, fewer columns, a 'limit')");
        }

        steps["reads-count"].GetProperty("outcome").GetString().ShouldBe("success");
        var outputs = steps["many"].GetProperty("outputs");
        outputs.GetProperty("count").GetInt32().ShouldBe(100);
        outputs.GetProperty("rows").GetString().ShouldStartWith("… (cut: 301.");
        (await bot.GetAsync($"/api/v1/runs/{run}/output?limit=1000"))
            .GetProperty("items")
            .EnumerateArray()
            .Select(line => line.GetProperty("text").GetString()!)
            .ShouldContain(line => line.StartsWith("'rows' of the result takes 301.", StringComparison.Ordinal));
        folder.Delete(recursive: true);

        Task IsAsync(string state) =>
            Until.Holds(
                async () => (await bot.GetAsync($"/api/v1/runs/{run}")).GetProperty("state").GetString() == state,
                $"a run that is {state}"
            );
    }
}

public sealed class SqliteCutResultTests : CutResultContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresCutResultTests : CutResultContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
