using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>Reads a <c>NAME.test.yaml</c>, or says everything that is wrong with it at once.</summary>
public sealed class TestReader
{
    private readonly Problems problems = new();
    private readonly TestPaths paths;
    private readonly RunbookDefinition definition;

    private TestReader(RunbookDefinition definition)
    {
        this.definition = definition;
        paths = new TestPaths(definition, problems);
    }

    /// <returns>Null with at least one problem.</returns>
    public static (RunbookTest? Test, IReadOnlyList<DefinitionProblem> Problems) Read(string text, RunbookDefinition definition) =>
        new TestReader(definition).Read(text);

    private (RunbookTest? Test, IReadOnlyList<DefinitionProblem> Problems) Read(string text)
    {
        var tree = YamlTree.Parse(text, problems.All);
        if (tree is null)
            return (null, problems.All);
        var fields = Fields.Of(tree, problems, TestLanguage.Test);
        var name = fields.Text("test");
        if (name is null)
            problems.Add(tree, "'test' is missing: the name of the runbook.");
        else if (name != definition.Name)
            problems.Add(fields.Take("test")!, $"The runbook beside this file is '{definition.Name}', not '{name}'.");
        var cases = fields.List("cases").Select(Case).ToList();
        if (fields.Take("cases") is null)
            problems.Add(tree, "'cases' is missing: a list with at least one case.");
        foreach (var twice in cases.GroupBy(one => one.Name, StringComparer.Ordinal).Where(same => same.Count() > 1))
            problems.All.Add(new DefinitionProblem(twice.Last().Line, 1, $"Two cases are called '{twice.Key}'."));
        fields.NothingElse();
        return problems.All.Count == 0
            ? (new RunbookTest(definition.Name, cases), [])
            : (null, [.. problems.All.Distinct().OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
    }

    private TestCase Case(YamlTree tree)
    {
        var fields = Fields.Of(tree, problems, TestLanguage.Case);
        if (fields.Text("name") is not { Length: > 0 } name)
        {
            problems.Add(tree, "'name' is missing: what the case shows, in a sentence.");
            name = "";
        }

        var (alert, resolves) = Alert(fields);
        var expect = fields.Take("expect") ?? new YamlTree.Mapping([], tree.Line, tree.Column);
        if (expect is YamlTree.Mapping { Entries.Count: 0 })
            problems.Add(expect, $"'expect' is missing: the case '{name}' would show nothing.");
        var read = new TestCase(
            name,
            tree.Line,
            alert,
            resolves,
            fields.Whole("incident", 1, int.MaxValue),
            fields.Text("started-by") ?? "test",
            Inputs(fields),
            Answers(fields),
            [.. fields.List("clicks").Select(Click)],
            fields.Time("advance") ?? TimeSpan.Zero,
            new ExpectationReader(problems, paths).Read(expect)
        );
        fields.NothingElse();
        return read;
    }

    private (JsonElement? Alert, TimeSpan? Resolves) Alert(Fields test)
    {
        if (test.Take("alert") is not { } tree)
            return (null, null);
        var fields = Fields.Of(tree, problems, TestLanguage.Alert);
        var alert = new MapValue([
            KeyValuePair.Create("labels", (object?)Texts(fields.Map("labels"))),
            KeyValuePair.Create("annotations", (object?)Texts(fields.Map("annotations"))),
            KeyValuePair.Create("fingerprint", (object?)(fields.Text("fingerprint") ?? "test")),
            KeyValuePair.Create("source", (object?)(fields.Text("source") ?? "test")),
            KeyValuePair.Create("state", (object?)(fields.Text("state") ?? "firing")),
            KeyValuePair.Create("startsAt", (object?)"2026-01-05T03:00:00Z"),
        ]);
        if (fields.Text("state") is { } state && state is not ("firing" or "resolved"))
            problems.Add(fields.Take("state")!, $"'state' is one of firing, resolved, not '{state}'.");
        var resolves = fields.Time("resolves");
        fields.NothingElse();
        return (Values.ToJson(alert), resolves);
    }

    // Labels are texts whatever they look like.
    private MapValue Texts(IReadOnlyList<(YamlTree.Scalar Key, YamlTree Value)> entries)
    {
        var texts = new List<KeyValuePair<string, object?>>();
        foreach (var (key, value) in entries)
        {
            if (value is YamlTree.Scalar scalar)
                texts.Add(KeyValuePair.Create(key.Text, (object?)scalar.Text));
            else
                problems.Add(value, $"'{key.Text}' must be a text.");
        }

        return new MapValue(texts);
    }

    private JsonElement Inputs(Fields test)
    {
        var inputs = new List<KeyValuePair<string, object?>>();
        foreach (var (key, value) in test.Map("inputs"))
        {
            if (definition.Inputs.All(input => input.Name != key.Text))
            {
                var known = definition.Inputs.Select(input => input.Name).ToList();
                problems.Add(
                    key,
                    $"The runbook has no input '{key.Text}'.{Suggestion.For(key.Text, known)} It has: {string.Join(", ", known)}."
                );
            }

            inputs.Add(KeyValuePair.Create(key.Text, value.ToValue()));
        }

        return Values.ToJson(new MapValue(inputs));
    }

    private Dictionary<string, IReadOnlyList<TestAnswer>> Answers(Fields test)
    {
        var answers = new Dictionary<string, IReadOnlyList<TestAnswer>>(StringComparer.Ordinal);
        foreach (var (key, value) in test.Map("answers"))
        {
            paths.CheckCall(key);
            answers[key.Text] = value is YamlTree.Sequence attempts ? [.. attempts.Items.Select(Answer)] : [Answer(value)];
            if (answers[key.Text].Count == 0)
                problems.Add(value, $"'{key.Text}' needs at least one answer.");
        }

        return answers;
    }

    private TestAnswer Answer(YamlTree tree)
    {
        if (tree is YamlTree.Scalar { Value: null })
            return TestAnswer.Nothing;
        var fields = Fields.Of(tree, problems, TestLanguage.Answer);
        var (fault, slow) = Fault(fields);
        var answer = new TestAnswer(
            Json(fields.Take("outputs")),
            Json(fields.Take("result")),
            fields.Whole("exit-code", 0, 255),
            fault,
            fields.Text("because"),
            fields.Time("slow") ?? slow,
            [.. fields.List("items").Select(Answer)]
        );
        fields.NothingElse();
        return answer;
    }

    private (TestFault? Fault, TimeSpan Slow) Fault(Fields answer)
    {
        switch (answer.Take("fault"))
        {
            case null:
                return (null, TimeSpan.Zero);
            case YamlTree.Mapping slow:
                var fields = Fields.Of(slow, problems, TestLanguage.Slow);
                if (fields.Take("slow") is null)
                    problems.Add(slow, "'fault' is a word, or { slow: 30s }.");
                var length = fields.Time("slow") ?? TimeSpan.Zero;
                fields.NothingElse();
                return (null, length);
            default:
                return (answer.Word<TestFault>("fault"), TimeSpan.Zero);
        }
    }

    private TestClick Click(YamlTree tree)
    {
        var fields = Fields.Of(tree, problems, TestLanguage.Click);
        var step = fields.Text("step") ?? "";
        if (step.Length > 0)
            paths.CheckStep((YamlTree.Scalar)fields.Take("step")!);
        if (fields.Take("decision") is null)
            problems.Add(tree, "'decision' is missing.");
        var click = new TestClick(
            tree.Line,
            tree.Column,
            step,
            fields.Text("decision") is "cancel" ? null : fields.Word<RunDecision>("decision"),
            fields.Text("by") ?? "somebody",
            fields.Texts("groups"),
            fields.Text("reason"),
            fields.Take("answers") is null
                ? null
                : Values.ToJson(
                    new MapValue([.. fields.Map("answers").Select(one => KeyValuePair.Create(one.Key.Text, one.Value.ToValue()))])
                ),
            fields.Time("after")
        );
        if (
            step.Length == 0
            && click.Decision
                is not (null or RunDecision.Stop or RunDecision.StopAndUndo or RunDecision.Release or RunDecision.ChangeInputs)
        )
            problems.Add(tree, $"'step' is missing: '{click.Word}' is about a step.");
        fields.NothingElse();
        return click;
    }

    private static JsonElement? Json(YamlTree? tree) => tree is null ? null : Values.ToJson(tree.ToValue());
}
