using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Runbooks.Definition;

/// <summary>A node of YAML 1.2 with its place. Plain scalars are typed by the core schema: <c>on</c>, <c>no</c> and <c>yes</c> stay text.</summary>
internal abstract record YamlTree(int Line, int Column)
{
    internal sealed record Scalar(string Text, bool Plain, int Line, int Column) : YamlTree(Line, Column)
    {
        /// <summary>Null, bool, a number or string.</summary>
        public object? Value { get; } = Plain ? CoreSchema.Resolve(Text) : Text;
    }

    internal sealed record Sequence(IReadOnlyList<YamlTree> Items, int Line, int Column) : YamlTree(Line, Column);

    internal sealed record Mapping(IReadOnlyList<(Scalar Key, YamlTree Value)> Entries, int Line, int Column) : YamlTree(Line, Column)
    {
        public YamlTree? this[string key] => Entries.FirstOrDefault(entry => entry.Key.Text == key).Value;
    }

    /// <summary>The value of it, as expressions know values; nothing in it is resolved.</summary>
    public object? ToValue() =>
        this switch
        {
            Scalar scalar => scalar.Value,
            Sequence sequence => new Expressions.ListValue([.. sequence.Items.Select(item => item.ToValue())]),
            Mapping mapping => new Expressions.MapValue([
                .. mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key.Text, entry.Value.ToValue())),
            ]),
            _ => throw new InvalidOperationException($"A new kind of YAML node: {GetType().Name}."),
        };

    /// <summary>What may be built of one text, aliases expanded: a small file must not become a large tree.</summary>
    public const int MaxNodes = 20_000;

    /// <summary>Characters of one file.</summary>
    public const int MaxLength = 1_000_000;

    private const int MaxDepth = 60;

    public static YamlTree? Parse(string text, List<DefinitionProblem> problems)
    {
        if (text.Length > MaxLength)
        {
            problems.Add(new DefinitionProblem(1, 1, $"The file has {text.Length} characters; at most {MaxLength} are read."));
            return null;
        }

        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                problems.Add(new DefinitionProblem(1, 1, "The file is empty. A runbook begins with 'runbook: NAME'."));
                return null;
            }

            var root = new Builder(parser, problems).Node(0);
            parser.Consume<DocumentEnd>();
            if (parser.Current is DocumentStart more)
                problems.Add(new DefinitionProblem((int)more.Start.Line, (int)more.Start.Column, "One file holds one runbook."));
            return root;
        }
        catch (YamlException fault)
        {
            if (TabbedLine(text) is { } tabbed && fault.Message.Contains("tab", StringComparison.Ordinal))
            {
                problems.Add(
                    new DefinitionProblem(tabbed.Line, tabbed.Column, "Not YAML: here stands a tab; lines are indented by spaces.")
                );
                return null;
            }

            problems.Add(new DefinitionProblem((int)fault.Start.Line, (int)fault.Start.Column, "Not YAML: " + fault.Message));
            return null;
        }
    }

    // The parser tells of a tab where the mapping around it begins.
    private static (int Line, int Column)? TabbedLine(string text)
    {
        var line = 0;
        foreach (var one in text.AsSpan().EnumerateLines())
        {
            line++;
            var indent = one[..^one.TrimStart(" \t").Length];
            if (indent.IndexOf('\t') is >= 0 and var at && indent.Length < one.Length)
                return (line, at + 1);
        }

        return null;
    }

    private sealed class Builder(Parser parser, List<DefinitionProblem> problems)
    {
        private const string Text = "tag:yaml.org,2002:str";
        private const string List = "tag:yaml.org,2002:seq";
        private const string Map = "tag:yaml.org,2002:map";
        private readonly Dictionary<AnchorName, (YamlTree Tree, int Size)> anchors = [];
        private int nodes;

        public YamlTree Node(int depth)
        {
            var place = parser.Current!.Start;
            if (++nodes > MaxNodes || depth > MaxDepth)
                throw new YamlException(
                    place,
                    place,
                    $"The file, with its aliases expanded, has more than {MaxNodes} values or is too deeply nested."
                );
            var before = nodes;
            var (line, column) = ((int)place.Line, (int)place.Column);
            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                if (!anchors.TryGetValue(alias.Value, out var known))
                    throw new YamlException(place, place, $"There is no anchor '{alias.Value}' before this.");
                nodes += known.Size;
                return known.Tree;
            }

            var node = (NodeEvent)parser.Current!;
            var anchor = node.Anchor;
            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific && node.Tag.Value is not (Text or List or Map))
                problems.Add(
                    new DefinitionProblem(line, column, $"The tag '{node.Tag.Value}' is not read here; write the value without one.")
                );
            YamlTree tree;
            if (parser.TryConsume<YamlDotNet.Core.Events.Scalar>(out var scalar))
            {
                tree = new Scalar(scalar.Value, scalar.Style is ScalarStyle.Plain && scalar.Tag.IsEmpty, line, column);
            }
            else if (parser.TryConsume<SequenceStart>(out _))
            {
                var items = new List<YamlTree>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                    items.Add(Node(depth + 1));
                tree = new Sequence(items, line, column);
            }
            else
            {
                parser.Consume<MappingStart>();
                tree = new Mapping(Entries(depth), line, column);
            }

            if (!anchor.IsEmpty)
                anchors[anchor] = (tree, nodes - before);
            return tree;
        }

        private List<(Scalar Key, YamlTree Value)> Entries(int depth)
        {
            var entries = new List<(Scalar, YamlTree)>();
            var seen = new Dictionary<string, Scalar>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = Node(depth + 1);
                var value = Node(depth + 1);
                if (key is Scalar { Plain: true, Text: "<<" })
                    problems.Add(new DefinitionProblem(key.Line, key.Column, "YAML 1.2 merges no keys by '<<'; write them out."));
                else if (key is not Scalar name)
                    problems.Add(new DefinitionProblem(key.Line, key.Column, "A key must be a text."));
                else if (!seen.TryAdd(name.Text, name))
                    problems.Add(
                        new DefinitionProblem(
                            name.Line,
                            name.Column,
                            $"The key '{name.Text}' is here twice; the first is in line {seen[name.Text].Line}."
                        )
                    );
                else
                    entries.Add((name, value));
            }

            return entries;
        }
    }
}
