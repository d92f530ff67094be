using System.Text.Json;
using Bot.Runs.Actions;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;
using Runbooks.Testing;

namespace Tests.Runbooks;

/// <summary>Plays the one case of a test file against a runbook, with one action of each effect.</summary>
internal static class Bench
{
    public static IReadOnlyDictionary<string, IStepAction> Actions { get; } =
        Enum.GetValues<StepEffect>()
            .Select(IStepAction (effect) => new Act(effect))
            .Append(new AskAction())
            .ToDictionary(action => action.Name, StringComparer.Ordinal);

    public static RunbookDefinition Read(string runbook)
    {
        var (definition, problems) = new RunbookReader(Actions).Read(runbook);
        return definition.ShouldNotBeNull(string.Join('\n', problems));
    }

    /// <param name="others">Runbooks that it calls.</param>
    public static CaseResult Play(string runbook, string test, params IReadOnlyList<string> others)
    {
        var definition = Read(runbook);
        var books = Books(definition, others);
        var (read, problems) = TestReader.Read(test, definition);
        return new Simulator(Actions).Play(books, read.ShouldNotBeNull(string.Join('\n', problems)).Cases.ShouldHaveSingleItem());
    }

    /// <param name="others">Runbooks that it calls.</param>
    public static RunbookSet Books(RunbookDefinition definition, params IReadOnlyList<string> others)
    {
        var called = others.Select(Read).ToDictionary(one => one.Name, StringComparer.Ordinal);
        var (books, missing) = RunbookSet.Gather(definition, called);
        return books.ShouldNotBeNull(string.Join('\n', missing));
    }

    /// <summary>Plays it, and what it expects must have come of it.</summary>
    public static CaseResult Passes(string runbook, string test, params IReadOnlyList<string> others)
    {
        var result = Play(runbook, test, others);
        result.Problems.ShouldBeEmpty(Told(result));
        return result;
    }

    public static string Told(CaseResult result) =>
        string.Join('\n', result.Problems.Select(problem => problem.ToString()).Concat(result.Events.Select(one => one.ToString())));

    private sealed record Arguments(string What = "");

    private sealed class Act : IStepAction
    {
        private readonly StepEffect effect;

        internal Act(StepEffect effect) => this.effect = effect;

        public string Name => $"test/{Words.Of(effect)}@1";

        public string Summary => $"An effect of the kind {Words.Of(effect)}.";

        public Type Arguments => typeof(Arguments);

        public ActionGuide Guide => new(typeof(NoResult), []);

        public StepEffect EffectOf(JsonElement with) => effect;

        public string Describe(JsonElement with) =>
            with.TryGetProperty("what", out var what) ? $"{Words.Of(effect)} {what}" : Words.Of(effect);

        public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
            throw new InvalidOperationException("A test of a runbook never calls the action itself.");
    }
}
