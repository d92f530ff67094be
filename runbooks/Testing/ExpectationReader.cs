using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>Reads <c>expect</c> of a case.</summary>
internal sealed class ExpectationReader(Problems problems, TestPaths paths)
{
    public TestExpectations Read(YamlTree tree)
    {
        var fields = Fields.Of(tree, problems, TestLanguage.Expect);
        var expect = new TestExpectations(
            fields.Word<RunPhase>("run") is { } phase ? At(fields.Take("run")!, phase) : null,
            Words<StepOutcome>(fields, "steps", paths.CheckStep),
            Counts(fields, "effects"),
            Counts(fields, "attempts"),
            Words<WaitKind>(fields, "waiting", paths.CheckStep),
            Timeline(fields),
            fields
                .Map("outputs")
                .ToDictionary(one => one.Key.Text, one => At(one.Value, Values.ToJson(one.Value.ToValue())), StringComparer.Ordinal)
        );
        fields.NothingElse();
        return expect;
    }

    private static Dictionary<string, Expected<T>> Words<T>(Fields fields, string key, Action<YamlTree.Scalar> check)
        where T : struct, Enum
    {
        var words = new Dictionary<string, Expected<T>>(StringComparer.Ordinal);
        foreach (var (name, value) in fields.Map(key))
        {
            check(name);
            if (fields.OneWord<T>(value, name.Text) is { } word)
                words[name.Text] = At(value, word);
        }

        return words;
    }

    private Dictionary<string, Expected<int>> Counts(Fields fields, string key)
    {
        var counts = new Dictionary<string, Expected<int>>(StringComparer.Ordinal);
        foreach (var (name, value) in fields.Map(key))
        {
            paths.CheckCall(name);
            if (
                value is YamlTree.Scalar { Value: double count }
                && count >= 0
                && count == Math.Floor(count)
                && count <= TestLanguage.MostCalls
            )
                counts[name.Text] = At(value, (int)count);
            else
                problems.Add(value, $"'{name.Text}' must be a count: 0, 1, 2, …");
        }

        return counts;
    }

    private List<Expected<string>> Timeline(Fields fields)
    {
        var globs = new List<Expected<string>>();
        foreach (var item in fields.OneOrMore("timeline"))
        {
            if (item is YamlTree.Scalar { Text.Length: > 0 } glob)
                globs.Add(At(item, glob.Text));
            else
                problems.Add(item, "'timeline' is a list of texts, as \"*recovered by check*\".");
        }

        return globs;
    }

    private static Expected<T> At<T>(YamlTree tree, T value) => new(value, tree.Line, tree.Column);
}
