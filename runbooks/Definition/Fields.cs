using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>Reads the keys of one mapping; what is asked for is known, what is left over is a problem.</summary>
internal sealed class Fields
{
    private readonly YamlTree.Mapping map;
    private readonly Problems problems;
    private readonly Place place;

    private Fields(YamlTree.Mapping map, Problems problems, Place place)
    {
        this.map = map;
        this.problems = problems;
        this.place = place;
    }

    public static Fields Of(YamlTree tree, Problems problems, Place place)
    {
        if (tree is YamlTree.Mapping map)
            return new Fields(map, problems, place);
        problems.Add(tree, $"{char.ToUpperInvariant(place.What[0])}{place.What[1..]} must be a mapping of keys to values.");
        return new Fields(new YamlTree.Mapping([], tree.Line, tree.Column), problems, place);
    }

    public YamlTree Here => map;

    /// <exception cref="InvalidOperationException">The place does not know the key: it would be read, but be in no schema.</exception>
    public YamlTree? Take(string key)
    {
        if (!place.Knows(key))
            throw new InvalidOperationException($"'{key}' is not among the keys of {place.What}; add it there.");
        return map[key] is YamlTree.Scalar { Value: null } ? null : map[key];
    }

    /// <summary>What the place does not know is a problem.</summary>
    /// <param name="where">Instead of the place's own words, as <c>of the step 'restart'</c>.</param>
    public void NothingElse(string? where = null)
    {
        foreach (var (key, value) in map.Entries)
        {
            if (place.Knows(key.Text))
            {
                // An 'approve:' with nothing behind it looks like a gate and would be none.
                if (value is YamlTree.Scalar { Value: null } && key.Text != "default")
                    problems.Add(key, $"'{key.Text}' has no value here. Give it one, or leave the key out.");
                continue;
            }

            var known = place.Keys.Select(one => one.Name);
            problems.Add(key, $"Unknown key '{key.Text}' {where ?? "of " + place.What}.{Suggestion.For(key.Text, known)}");
        }
    }

    public bool Has(string key) => map[key] is not null;

    public string? Text(string key)
    {
        var tree = Take(key);
        if (tree is null or YamlTree.Scalar)
            return (tree as YamlTree.Scalar)?.Text;
        problems.Add(tree, $"'{key}' must be a text.");
        return null;
    }

    public bool Flag(string key, bool otherwise)
    {
        var tree = Take(key);
        if (tree is null)
            return otherwise;
        if (tree is YamlTree.Scalar { Value: bool value })
            return value;
        problems.Add(tree, $"'{key}' must be true or false.");
        return otherwise;
    }

    public double? Number(string key, double least, double most)
    {
        var tree = Take(key);
        if (tree is null)
            return null;
        if (tree is YamlTree.Scalar { Value: double value } && value >= least && value <= most)
            return value;
        problems.Add(tree, $"'{key}' must be a number from {Numbers.Write(least)} to {Numbers.Write(most)}.");
        return null;
    }

    public int? Whole(string key, int least, int most)
    {
        var number = Number(key, least, most);
        if (number is null || number == Math.Floor(number.Value))
            return (int?)number;
        problems.Add(map[key]!, $"'{key}' must be a whole number.");
        return null;
    }

    /// <param name="zero">Whether no time at all makes sense there.</param>
    public TimeSpan? Time(string key, bool zero = true)
    {
        var tree = Take(key);
        if (tree is null)
            return null;
        if (tree is YamlTree.Scalar scalar && Duration.TryParse(scalar.Text, out var duration))
        {
            if (duration == TimeSpan.Zero && !zero)
                problems.Add(tree, $"'{key}' must be longer than nothing, or be left out.");
            return duration;
        }

        problems.Add(tree, $"'{key}' must be a duration. {Duration.Fix}");
        return null;
    }

    public T Word<T>(string key, T otherwise)
        where T : struct, Enum => Word<T>(key) ?? otherwise;

    public T? Word<T>(string key)
        where T : struct, Enum
    {
        var tree = Take(key);
        if (tree is null)
            return null;
        return OneWord<T>(tree, key);
    }

    public T? OneWord<T>(YamlTree tree, string key)
        where T : struct, Enum
    {
        var known = Enum.GetValues<T>().Select(value => Words.Of(value)).ToList();
        if (tree is YamlTree.Scalar scalar)
        {
            foreach (var value in Enum.GetValues<T>())
            {
                if (Words.Of(value) == scalar.Text)
                    return value;
            }

            problems.Add(tree, $"'{key}' is one of {string.Join(", ", known)}, not '{scalar.Text}'.{Suggestion.For(scalar.Text, known)}");
            return null;
        }

        problems.Add(tree, $"'{key}' must be one of {string.Join(", ", known)}.");
        return null;
    }

    /// <summary>One text or a list of texts.</summary>
    public IReadOnlyList<string> Texts(string key) => Take(key) is { } tree ? TextsOf(tree, key) : [];

    public IReadOnlyList<string> TextsOf(YamlTree tree, string key)
    {
        var texts = new List<string>();
        foreach (var item in Items(tree, key))
        {
            if (item is YamlTree.Scalar scalar)
                texts.Add(scalar.Text);
            else
                problems.Add(item, $"'{key}' must be a text or a list of texts.");
        }

        return texts;
    }

    /// <summary>One value or a list of them.</summary>
    public IReadOnlyList<YamlTree> OneOrMore(string key) => Take(key) is { } tree ? Items(tree, key) : [];

    public IReadOnlyList<YamlTree> List(string key)
    {
        var tree = Take(key);
        if (tree is null)
            return [];
        if (tree is YamlTree.Sequence)
            return Items(tree, key, place.Keys.First(one => one.Name == key).Shape is Shape.ListOf { Least: > 0 });
        problems.Add(tree, $"'{key}' must be a list.");
        return [];
    }

    // An empty 'from' reads as nobody, and would mean everybody.
    private IReadOnlyList<YamlTree> Items(YamlTree tree, string key, bool filled = true)
    {
        var items = tree is YamlTree.Sequence sequence ? sequence.Items : [tree];
        if (filled && items.Count == 0)
            problems.Add(tree, $"'{key}' is empty. Name at least one, or leave it out.");
        return items;
    }

    public IReadOnlyList<(YamlTree.Scalar Key, YamlTree Value)> Map(string key)
    {
        var tree = Take(key);
        if (tree is null)
            return [];
        if (tree is YamlTree.Mapping mapping)
            return mapping.Entries;
        problems.Add(tree, $"'{key}' must be a mapping of names to values.");
        return [];
    }
}

/// <summary>All that is wrong with one text.</summary>
internal sealed class Problems
{
    public List<DefinitionProblem> All { get; } = [];

    public void Add(YamlTree at, string message) => All.Add(new DefinitionProblem(at.Line, at.Column, message));
}

/// <summary>Enum values as the language writes them: kebab-case.</summary>
public static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
