using System.Text.Json;
using Bot.Access;
using Bot.Log;
using Bot.Storage;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Bot.Runs;

/// <summary>
/// Makes the reading steps of runbooks while nothing is broken, so that a host that moved, a token that expired or an action that is
/// gone is found by day. Changes nothing: what is not a read by the action's own word, or needs somebody's, is left out and named.
/// </summary>
internal sealed partial class RunbookDrill(
    IRunbookShelf shelf,
    RunConductor conductor,
    SecretReader secrets,
    RunTable runs,
    DrillTable table,
    NodeLease node,
    DrillOptions options,
    TimeProvider time,
    ILogger<RunbookDrill> logger
)
{
    private static readonly JsonElement NoInputs = JsonElement.Parse("{}");

    /// <summary>All that can be drilled: runbooks by name, files that cannot be read by theirs.</summary>
    public IReadOnlyList<string> Names => [.. shelf.All.Select(NameOf).Distinct(StringComparer.Ordinal)];

    /// <summary>The last report of each runbook that is still there.</summary>
    public async Task<IReadOnlyList<DrillReport>> LastAsync(CancellationToken cancel)
    {
        var names = Names.ToHashSet(StringComparer.Ordinal);
        return
        [
            .. (await table.ListAsync(cancel))
                .Where(row => names.Contains(row.Name))
                .Select(row => JsonSerializer.Deserialize<DrillReport>(row.Report, FactJson.Options)!),
        ];
    }

    /// <returns>Why the caller may not have it drilled; null: they may. Its reads are made for real, so it takes what a start takes.</returns>
    public string? Refusal(string name, Caller by) => shelf.FindSet(name) is { } books ? RunRights.Refusal(books, by) : null;

    /// <returns>Null: there is no such runbook.</returns>
    public async Task<DrillReport?> GoAsync(string name, CancellationToken cancel)
    {
        if (shelf.All.FirstOrDefault(one => NameOf(one) == name) is not { } shelved)
            return null;
        var now = time.GetUtcNow();
        var steps =
            shelf.FindSet(name) is { } books && shelved.Definition is not null
                ? await StepsAsync(books, now + options.Limit, cancel)
                : DrilledSteps.Nothing with
                {
                    Findings = [.. shelved.Problems.Select(problem => new DrillFinding(Rot.NotLoaded, null, problem.ToString()))],
                };
        IReadOnlyList<DrillFinding> findings = await ForgottenAsync(name, now, cancel) is { } forgotten
            ? [.. steps.Findings, forgotten]
            : steps.Findings;
        var report = new DrillReport(name, Micros.Cut(now), node.Name, shelved.Definition?.Hash, steps.Made, steps.LeftOut, findings);
        await table.PutAsync(name, now, findings.Count, JsonSerializer.Serialize(report, FactJson.Options), cancel);
        foreach (var finding in findings)
            Log.Found(logger, name, Words.Of(finding.Kind), finding.ToString());
        return report;
    }

    private async Task<DrilledSteps> StepsAsync(RunbookSet books, DateTimeOffset until, CancellationToken cancel)
    {
        var missing = new List<DrillFinding>();
        foreach (var definition in books.Called.Values.Prepend(books.Root))
        {
            var found = await secrets.ReadAsync(definition, cancel);
            missing.AddRange(
                found.Missing.Select(secret => new DrillFinding(
                    Rot.Secret,
                    null,
                    $"{(definition == books.Root ? "" : definition.Name + ".")}inputs.{secret.Input}: {secret.Because}"
                ))
            );
        }

        // Without its secrets every one of its steps would fail for the same reason.
        if (missing.Count > 0)
        {
            return new DrilledSteps(
                [],
                [.. books.Root.StepsAndFinally.Select(step => new DrillOmission(step.Id, "a secret is missing"))],
                missing
            );
        }

        var inputs = DrillInputs.Of(books.Root, NoInputs);
        var started = new RunFact.Started(
            books.Root.Name,
            books.Root.Hash,
            inputs.Known,
            null,
            null,
            Actor.System.ToString(),
            node.Name,
            1,
            books.Pinned,
            Bounded: true
        );
        var state = RunState.Evolve("run-drill", null, started, time.GetUtcNow());
        var scope = new DrillScope([.. inputs.Missing.Keys], until);
        var walked = DrilledSteps.Of(await new PlanWalk(conductor.Driver, books, state, scope).GoAsync(cancel));
        var refused = inputs.Wrong.Select(wrong => new DrillFinding(Rot.Input, null, $"the default of {wrong.Sentence}"));
        return walked with { Findings = [.. refused, .. walked.Findings] };
    }

    // One that others call is run with them. Before it was first seen nobody could have run it.
    private async Task<DrillFinding?> ForgottenAsync(string name, DateTimeOffset now, CancellationToken cancel)
    {
        if (options.Stale <= TimeSpan.Zero || await table.FirstAsync(name, cancel) is not { } since || now - since <= options.Stale)
            return null;
        var callers = shelf
            .All.Select(one => one.Definition?.Name)
            .OfType<string>()
            .Where(other => shelf.FindSet(other)?.Called.ContainsKey(name) is true);
        DateTimeOffset? last = null;
        foreach (var run in callers.Prepend(name))
        {
            if (await runs.ListAsync(new RunQuery(Runbook: run, Limit: 1), cancel) is [var newest] && !(newest.StartedAt <= last))
                last = newest.StartedAt;
        }

        if (now - last <= options.Stale)
            return null;
        return new DrillFinding(
            Rot.NeverRun,
            null,
            last is { } at
                ? $"nobody has run it since {at:yyyy-MM-dd}, for {(now - at).Days} days"
                : $"nobody has run it in the {(now - since).Days} days that it is known"
        );
    }

    private static string NameOf(ShelvedRunbook shelved) => shelved.Definition?.Name ?? Path.GetFileName(shelved.Path);

    private static partial class Log
    {
        [LoggerMessage(432, LogLevel.Warning, "Runbook {Name} has rot ({Kind}): {Finding}")]
        public static partial void Found(ILogger logger, string name, string kind, string finding);
    }
}
