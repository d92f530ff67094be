using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Bot.Intake;

/// <param name="Line">From 1.</param>
internal sealed record ConfigProblem(string File, long Line, long Column, string Message)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>What the readers of <c>config/*.yaml</c> share: they go on after a problem, so that all are told at once, each with its place.</summary>
internal abstract class ConfigFile(string file)
{
    private readonly string name = Path.GetFileName(file);
    private readonly List<ConfigProblem> problems = [];

    // Nodes are equal by what they say, and many say the same.
    private readonly Dictionary<YamlNode, string> keys = new(ReferenceEqualityComparer.Instance);

    protected IReadOnlyList<ConfigProblem> Problems => problems;

    /// <returns>Null for an empty file, and for one that is no YAML (a problem).</returns>
    protected YamlMappingNode? Root(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            problems.Add(new ConfigProblem(name, e.Start.Line, e.Start.Column, e.Message));
            return null;
        }

        if (stream.Documents.Count == 0)
            return null;
        if (stream.Documents is [{ RootNode: YamlMappingNode root }])
            return root;
        Problem(stream.Documents[^1].RootNode, "One document with keys and values is wanted here.");
        return null;
    }

    protected TimeSpan Duration(YamlNode node)
    {
        var match = Regex.Match(Text(node), "^(?<number>[0-9]{1,9})(?<unit>ms|s|m|h)$", RegexOptions.NonBacktracking);
        if (!match.Success)
        {
            Problem(node, $"{Of(node)}'{Text(node)}' is no duration. Write 500ms, 10s, 5m or 2h.");
            return TimeSpan.Zero;
        }

        var number = int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            _ => TimeSpan.FromHours(number),
        };
    }

    protected int Number(YamlNode node, int least, int most)
    {
        if (int.TryParse(Text(node), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Problem(node, $"{Of(node)}'{Text(node)}' is not valid. Write a whole number from {least} to {most}.");
        return least;
    }

    protected T Choice<T>(YamlNode node, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        var text = Text(node);
        foreach (var (word, value) in choices)
        {
            if (word == text)
                return value;
        }

        var words = new List<string>();
        foreach (var (word, _) in choices)
            words.Add(word);
        Problem(node, $"{Of(node)}'{text}' is not valid. Write {string.Join(" or ", words)}.");
        return choices[0].Value;
    }

    /// <param name="known">Empty: any key.</param>
    protected List<(string Key, YamlNode Value)> Pairs(YamlNode node, string[] known)
    {
        var pairs = new List<(string, YamlNode)>();
        if (node is not YamlMappingNode map)
        {
            Problem(node, $"{Of(node)}Keys and values are wanted here.");
            return pairs;
        }

        foreach (var (key, value) in map)
        {
            keys[value] = Text(key);
            if (known.Length > 0 && !known.Contains(Text(key)))
                Problem(key, $"Unknown key '{Text(key)}'. Known: {string.Join(", ", known)}.");
            else
                pairs.Add((Text(key), value));
        }

        return pairs;
    }

    // What is wrong with a value says whose it is.
    private string Of(YamlNode value) => keys.TryGetValue(value, out var key) ? $"{key}: " : "";

    protected static string Text(YamlNode node) => node is YamlScalarNode scalar ? scalar.Value ?? "" : node.ToString();

    protected void Problem(YamlNode node, string message) =>
        problems.Add(new ConfigProblem(name, node.Start.Line, node.Start.Column, message));
}
