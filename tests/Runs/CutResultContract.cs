using System.Text.Json;
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
        await IsAsync(bot, run, "waiting");
        bot.Kill();
        await bot.StartAsync();

        await bot.PostAsync($"/api/v1/runs/{run}/decisions", new { step = "agreed", decision = "approve" });
        await IsAsync(bot, run, "succeeded");

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
    }

    [Fact]
    public async Task All_results_of_a_run_together_have_a_bound_and_so_has_what_shows_them()
    {
        const int Targets = 70;
        var folder = Directory.CreateTempSubdirectory("incident-room-");
        var asked = new NpgsqlConnectionStringBuilder(PostgresServer.Shared.NewDatabase());
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "asks.yaml"),
            $$$"""
            runbook: asks
            inputs: { hosts: { type: list, required: true } }
            steps:
              - id: many
                for-each: "${{ inputs.hosts }}"
                uses: postgres/query@1
                with:
                  connection: "Host={{{asked.Host}}};Port={{{asked.Port}}};Database={{{asked.Database}}};Username={{{asked.Username}}}"
                  sql: select repeat('x', 220000) as name
              - { id: agreed, approve: { need: 1 } }
              - { id: reads-first, uses: core/count@1, with: { key: "${{ len(steps.many.items[0].outputs.rows) }}" } }
              - { id: reads-last, uses: core/count@1, with: { key: "${{ len(steps.many.items[69].outputs.rows) }}" }, continue-on-error: true }
              - { id: reads-count, uses: core/count@1, with: { key: "${{ steps.many.items[69].outputs.count }} row" } }
            """
        );
        using var bot = new BotProcess(
            NewDatabase(),
            more: new Dictionary<string, string>(StringComparer.Ordinal) { ["Runbooks__Paths__0"] = folder.FullName }
        );
        await bot.StartAsync();
        var inputs = new { hosts = Enumerable.Range(0, Targets) };
        var run = (await bot.PostAsync("/api/v1/runs", new { runbook = "asks", inputs })).GetProperty("id").GetString()!;
        await IsAsync(bot, run, "waiting");
        bot.Kill();
        await bot.StartAsync();
        await bot.PostAsync($"/api/v1/runs/{run}/decisions", new { step = "agreed", decision = "approve" });
        await IsAsync(bot, run, "succeeded");

        var view = await bot.GetAsync($"/api/v1/runs/{run}");
        view.GetRawText().Length.ShouldBeLessThan(1_500_000);
        var steps = view.GetProperty("steps").EnumerateArray().ToDictionary(step => step.GetProperty("id").GetString()!);
        steps["reads-first"].GetProperty("outcome").GetString().ShouldBe("success");
        steps["reads-count"].GetProperty("outcome").GetString().ShouldBe("success");
        steps["reads-last"]
            .GetProperty("because")
            .GetString()!
            .ShouldStartWith("'steps.many[69].outputs.rows' takes 220 KB and was not kept: of this result ");
        (await bot.GetAsync($"/api/v1/runs/{run}/output?limit=1000"))
            .GetProperty("items")
            .EnumerateArray()
            .Count(line => line.GetProperty("text").GetString()!.Contains("of the 16 MB that the results of one run may take"))
            .ShouldBeInRange(1, Targets - 50);

        // What a view has no room for is named, and there as a whole.
        Name(steps["many[0]"].GetProperty("outputs")).Length.ShouldBe(220_000);
        steps["many[0]"].GetProperty("outputsAt").GetString().ShouldBeNull();
        var apart = steps["many[40]"];
        var at = apart.GetProperty("outputsAt").GetString()!;
        apart.GetProperty("outputs").GetString().ShouldBe($"… (220.1 KB, too much for all steps at once: GET {at})");
        var alone = (await bot.GetAsync(at)).GetProperty("steps").EnumerateArray().ShouldHaveSingleItem();
        alone.GetProperty("id").GetString().ShouldBe("many[40]");
        Name(alone.GetProperty("outputs")).Length.ShouldBe(220_000);
        folder.Delete(recursive: true);

        static string Name(JsonElement outputs) => outputs.GetProperty("rows")[0].GetProperty("name").GetString()!;
    }

    private static Task IsAsync(BotProcess bot, string run, string state) =>
        Until.Holds(
            async () => (await bot.GetAsync($"/api/v1/runs/{run}")).GetProperty("state").GetString() == state,
            $"a run that is {state}"
        );
}

public sealed class SqliteCutResultTests : CutResultContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresCutResultTests : CutResultContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
