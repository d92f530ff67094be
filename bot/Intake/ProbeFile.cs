using System.Text.RegularExpressions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;
using Runbooks.Secrets;
using YamlDotNet.RepresentationModel;

namespace Bot.Intake;

/// <summary>
/// Reads <c>config/probes.yaml</c>. What a probe looks at is a step, so it is read as a runbook of one step: the same arguments,
/// conditions and problems as everywhere.
/// </summary>
internal sealed class ProbeFile : ConfigFile
{
    private static readonly string[] Keys =
    [
        "name",
        "every",
        "timeout",
        "fail-after",
        "resolve-after",
        "labels",
        "summary",
        "secrets",
        "uses",
        "with",
        "expect",
    ];

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(10);
    private readonly RunbookReader reader;
    private readonly SecretReader secrets;
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    private ProbeFile(string file, RunbookReader reader, SecretReader secrets)
        : base(file) => (this.reader, this.secrets) = (reader, secrets);

    /// <param name="reader">Knows the actions that probes may use.</param>
    /// <param name="secrets">Knows the stores that their secrets may lie in.</param>
    public static (IReadOnlyList<Probe> Probes, IReadOnlyList<ConfigProblem> Problems) Read(
        string file,
        string text,
        RunbookReader reader,
        SecretReader secrets
    )
    {
        var reading = new ProbeFile(file, reader, secrets);
        var probes = reading.Probes(text);
        return (probes, reading.Problems);
    }

    private List<Probe> Probes(string text)
    {
        var probes = new List<Probe>();
        if (Root(text) is not { } root)
            return probes;
        foreach (var (_, value) in Pairs(root, ["probes"]))
        {
            if (value is not YamlSequenceNode list)
                Problem(value, "'probes' is a list.");
            else
                probes.AddRange(list.Select(Probe).OfType<Probe>());
        }

        return probes;
    }

    private Probe? Probe(YamlNode node)
    {
        var given = Pairs(node, Keys).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        var name = given.TryGetValue("name", out var named) ? Text(named) : "";
        if (name.Length > 0 && !names.Add(name))
            Problem(named!, $"Two probes are called '{name}'. Rename one.");
        var every = given.TryGetValue("every", out var often) ? Duration(often) : TimeSpan.FromMinutes(1);
        if (every < Shortest)
            Problem(often!, $"every: '{Text(often!)}' is too often. Write 1s or more.");
        var timeout =
            given.TryGetValue("timeout", out var limit) ? Duration(limit)
            : every < UsualTimeout ? every
            : UsualTimeout;
        if (timeout > every)
            Problem(limit!, $"timeout: '{Text(limit!)}' is longer than 'every'. A look has to end before the next one.");
        if (Definition(node, name, given) is not { } definition)
            return null;
        return new Probe(
            name,
            every,
            timeout,
            given.TryGetValue("fail-after", out var failures) ? Number(failures, 1, 1000) : 3,
            given.TryGetValue("resolve-after", out var successes) ? Number(successes, 1, 1000) : 2,
            Labels(name, given.GetValueOrDefault("labels")),
            given.TryGetValue("summary", out var summary) ? Text(summary) : $"The probe {name} fails",
            definition
        );
    }

    private Dictionary<string, string> Labels(string name, YamlNode? given)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["alertname"] = "ProbeFailed", ["probe"] = name };
        foreach (var (label, value) in given is null ? [] : Pairs(given, []))
        {
            // As Prometheus has it (prometheus.io, data model): routes and runbooks take it for one of its labels.
            if (!Regex.IsMatch(label, "^[a-zA-Z_][a-zA-Z0-9_]*$", RegexOptions.NonBacktracking))
                Problem(value, $"labels: '{label}' is no name of a label. Write letters, digits and _, and no digit first.");
            labels[label] = Text(value);
        }

        return labels;
    }

    private RunbookDefinition? Definition(YamlNode node, string name, Dictionary<string, YamlNode> given)
    {
        var step = new YamlMappingNode("id", "look");
        foreach (var key in (string[])["uses", "with", "expect"])
        {
            if (given.TryGetValue(key, out var value))
                step.Add(key, value);
        }

        var inputs = new YamlMappingNode();
        foreach (var (input, reference) in given.TryGetValue("secrets", out var references) ? Pairs(references, []) : [])
        {
            if (secrets.Problem(Text(reference)) is { } problem)
                Problem(reference, $"secrets.{input}: {problem}");
            inputs.Add(input, new YamlMappingNode("type", "secret", "ref", Text(reference)));
        }

        var runbook = new YamlMappingNode
        {
            { "runbook", name },
            { "inputs", inputs },
            { "steps", new YamlSequenceNode(step) },
        };
        using var text = new StringWriter();
        new YamlStream(new YamlDocument(runbook)).Save(text, assignAnchors: false);
        var (definition, problems) = reader.Read(text.ToString());
        // The places are those of the text made here; the probe's own is what helps.
        foreach (var wrong in problems)
            Problem(node, $"probe '{name}': {wrong.Message}");
        if (definition is null)
            return null;
        if (definition.Steps[0].Uses is not { } uses)
        {
            Problem(node, $"probe '{name}': 'uses' is missing: the action that looks, as tcp/connect@1.");
            return null;
        }

        // An argument may be a secret; what the action does does not hang on it.
        var arguments = uses.With.ToJson(new Scope(_ => null)).Json;
        if (reader.Actions[uses.Action].EffectOf(arguments) is not StepEffect.Read)
            Problem(node, $"probe '{name}': {uses.Action} changes something with these arguments. A probe only looks.");
        return definition;
    }
}
