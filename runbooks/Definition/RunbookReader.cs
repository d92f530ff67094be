using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Runbooks.Actions;

namespace Runbooks.Definition;

/// <summary>Reads the text of a runbook into its definition, or says everything that is wrong with it at once.</summary>
public sealed partial class RunbookReader(IReadOnlyDictionary<string, IStepAction> actions)
{
    /// <summary>By name, those that steps may use.</summary>
    public IReadOnlyDictionary<string, IStepAction> Actions => actions;

    /// <returns>Null with at least one problem.</returns>
    public (RunbookDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems) Read(string text)
    {
        var problems = new Problems();
        if (YamlTree.Parse(text, problems.All) is not { } tree)
            return (null, problems.All);
        var definition = Read(text, tree, problems);
        return problems.All.Count == 0 ? (definition, []) : (null, Ordered(problems));
    }

    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    internal static Regex? Pattern(YamlTree at, string pattern, Problems problems)
    {
        try
        {
            // On its own first: what is wrong with it is said of what stands in the file.
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            problems.Add(at, $"'{pattern}' is not a usable pattern: {fault.Message}");
            return null;
        }
    }

    private RunbookDefinition Read(string text, YamlTree tree, Problems problems)
    {
        var expressions = new ExpressionReader(problems);
        var fields = Fields.Of(tree, problems, Language.Runbook);
        var uses = new UseReader(problems, expressions, actions);
        var steps = new StepReader(problems, expressions, uses);
        var definition = new RunbookDefinition
        {
            Name = NameOf(fields, problems),
            Summary = fields.Text("summary") ?? "",
            Hash = HashOf(text),
            Text = text,
            Inputs = InputReader.Read(fields, problems, expressions),
            MayRun = MayRun(fields, problems),
            Locks =
            [
                .. fields.Take("locks") is null
                    ? []
                    : fields.List("locks").Select(item => expressions.TextTemplate(item, "locks", StepContexts.Plain.Always)),
            ],
            Limits = Limits(fields, problems),
            Env = expressions.Entries(fields.Map("env"), ExpressionReader.InEnv),
            Steps = steps.Read(fields.List("steps"), "step"),
            Finally = steps.Read(fields.List("finally"), "finally"),
            Outputs = expressions.Entries(fields.Map("outputs"), StepContexts.Plain.Always),
            ById = steps.ById,
            Ids = steps.ById.Keys.ToFrozenDictionary(id => id, StringComparer.OrdinalIgnoreCase),
            ReadsAlertState = expressions.Seen.Exists(seen => ReferenceCheck.ReadsAlertState(seen.Expression)),
        };
        definition = new TriggerReader(problems, expressions).Read(fields, definition);
        foreach (var step in definition.ById.Values.Where(step => step.Runbook?.Name == definition.Name))
            problems.All.Add(new DefinitionProblem(step.Line, step.Column, $"The step '{step.Id}' calls the runbook that it is in."));
        if (fields.Take("steps") is null)
            problems.Add(tree, "'steps' is missing: a list with at least one step.");
        fields.NothingElse();
        ReferenceCheck.Look(definition, expressions, problems);
        uses.LookForTaint(definition);
        return definition;
    }

    private static string NameOf(Fields fields, Problems problems)
    {
        var name = fields.Text("runbook");
        if (name is null)
            problems.Add(fields.Here, "'runbook' is missing: the name of the runbook, in kebab-case.");
        else if (!Kebab().IsMatch(name))
            problems.Add(fields.Take("runbook")!, $"'{name}' is not in kebab-case (as restart-service).");
        return name ?? "";
    }

    private static List<DefinitionProblem> Ordered(Problems problems) =>
        [.. problems.All.Distinct().OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];

    private static RunLimits Limits(Fields runbook, Problems problems)
    {
        if (runbook.Take("limits") is not { } tree)
            return RunLimits.None;
        var fields = Fields.Of(tree, problems, Language.Limits);
        var limits = new RunLimits(
            fields.Time("timeout", zero: false),
            fields.Whole("targets", 1, Language.MostTargets),
            fields.Word("on-unknown", OnUnknown.Ask) is OnUnknown.Stop
        );
        fields.NothingElse();
        return limits;
    }

    private static IReadOnlyList<string> MayRun(Fields runbook, Problems problems)
    {
        if (runbook.Take("permissions") is not { } tree)
            return [];
        var fields = Fields.Of(tree, problems, Language.Permissions);
        var groups = fields.Texts("run");
        fields.NothingElse();
        return groups;
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9]*(-[a-z0-9]+)*\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    internal static partial Regex Kebab();
}
