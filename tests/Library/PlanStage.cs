namespace Tests.Library;

/// <summary>
/// Real servers, ill in the way that one shipped runbook is for, which keep count of what is written to them. A stage is found by its type;
/// a runbook without one fails its plan's test.
/// </summary>
internal abstract class PlanStage(string runbook) : IAsyncDisposable
{
    /// <summary>Wherever a password is needed; no plan may show it.</summary>
    public const string Secret = "planted-77d1b0c4e2";

    private readonly Stack<object> started = new();

    public string Runbook => runbook;

    public Dictionary<string, string> Inputs { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>An environment variable without which it is left out, since no package brings its server; null: it always is there.</summary>
    public virtual string? Needs => null;

    /// <summary>Every step that would change something, in order, each with a word that its call has to say.</summary>
    public abstract IReadOnlyList<(string Step, string Says)> Acts { get; }

    /// <summary>How often the target was asked, by its own count; null: it keeps none, and what the plan read of it has to do.</summary>
    public virtual int? Asked => null;

    /// <summary>What whoever reads the plan has to see of what was read.</summary>
    public virtual IReadOnlyList<string> Shows => [];

    protected string Folder { get; } = Directory.CreateTempSubdirectory("incident-plan-").FullName;

    public abstract Task SetUpAsync();

    /// <summary>What the targets themselves say of writes: their counters, and what a write would have changed.</summary>
    public abstract Task<string> WrittenAsync();

    public static IEnumerable<PlanStage> All() =>
        typeof(PlanStage)
            .Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(PlanStage)) && !type.IsAbstract)
            .Select(type => (PlanStage)Activator.CreateInstance(type)!)
            .Where(stage => stage.Needs is null || System.Environment.GetEnvironmentVariable(stage.Needs) is not null);

    public async ValueTask DisposeAsync()
    {
        while (started.TryPop(out var one))
        {
            if (one is IAsyncDisposable later)
                await later.DisposeAsync();
            else
                ((IDisposable)one).Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    protected T Started<T>(T one)
        where T : class
    {
        started.Push(one);
        return one;
    }
}
