using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Runbooks.Actions;

namespace Runbooks.Definition;

/// <summary>Reads the text of a runbook into its definition, or says everything that is wrong with it at once.</summary>
public sealed partial class RunbookReader(IReadOnlyDictionary<string, IStepAction> actions)
{
    private static readonly TimeSpan PatternLimit = TimeSpan.FromSeconds(1);

    /// <returns>Null with at least one problem.</returns>
    public (RunbookDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems) Read(string text)
    {
        var problems = new Problems();
        var tree = YamlTree.Parse(text, problems.All);
        if (tree is null)
            return (null, problems.All);
        var expressions = new ExpressionReader(problems);
        var fields = Fields.Of(tree, problems, "A runbook");
        var name = fields.Text("runbook");
        if (name is null)
            problems.Add(tree, "'runbook' is missing: the name of the runbook, in kebab-case.");
        else if (!Kebab().IsMatch(name))
            problems.Add(fields.Take("runbook")!, $"'{name}' is not in kebab-case (as restart-service).");
        var steps = new StepReader(problems, expressions, actions);
        var limits = Limits(fields, problems);
        var definition = new RunbookDefinition(
            name ?? "",
            fields.Text("summary") ?? "",
            HashOf(text),
            text,
            Triggers(fields, problems),
            InputReader.Read(fields, problems, expressions),
            MayRun(fields, problems),
            limits.Timeout,
            limits.StopOnUnknown,
            expressions.Entries(fields.Map("env"), ExpressionReader.Everywhere),
            steps.Read(fields.List("steps"), "step"),
            steps.Read(fields.List("finally"), "finally")
        );
        if (definition.Steps.Count == 0)
            problems.Add(tree, "'steps' is missing: a list with at least one step.");
        fields.NotYet("locks", "outputs");
        fields.NothingElse("of a runbook");
        return problems.All.Count == 0 ? (definition, []) : (null, Ordered(problems));
    }

    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    internal static Regex? Pattern(YamlTree at, string pattern, Problems problems)
    {
        try
        {
            return new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, PatternLimit);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            problems.Add(at, $"'{pattern}' is not a usable pattern: {fault.Message}");
            return null;
        }
    }

    private static List<DefinitionProblem> Ordered(Problems problems) =>
        [.. problems.All.Distinct().OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];

    private static (TimeSpan? Timeout, bool StopOnUnknown) Limits(Fields runbook, Problems problems)
    {
        if (runbook.Take("limits") is not { } tree)
            return (null, false);
        var fields = Fields.Of(tree, problems, "'limits'");
        var limits = (fields.Time("timeout"), fields.Word("on-unknown", OnUnknown.Ask) is OnUnknown.Stop);
        fields.NotYet("targets");
        fields.NothingElse("of 'limits'");
        return limits;
    }

    private static IReadOnlyList<string> MayRun(Fields runbook, Problems problems)
    {
        if (runbook.Take("permissions") is not { } tree)
            return [];
        var fields = Fields.Of(tree, problems, "'permissions'");
        var groups = fields.Texts("run");
        fields.NothingElse("of 'permissions'");
        return groups;
    }

    private static List<AlertTrigger> Triggers(Fields runbook, Problems problems)
    {
        if (runbook.Take("on") is not { } tree)
            return [];
        var on = Fields.Of(tree, problems, "'on'");
        var triggers = new List<AlertTrigger>();
        if (on.Take("alert") is { } alert)
        {
            foreach (var item in alert is YamlTree.Sequence list ? list.Items : [alert])
                triggers.Add(Trigger(Fields.Of(item, problems, "'on.alert'"), problems));
        }

        on.NotYet("schedule", "chat");
        on.NothingElse("of 'on'");
        return triggers;
    }

    private static AlertTrigger Trigger(Fields fields, Problems problems)
    {
        var match = new Dictionary<string, IReadOnlyList<LabelMatch>>(StringComparer.Ordinal);
        foreach (var (label, value) in fields.Map("match"))
            match[label.Text] = [.. fields.TextsOf(value, label.Text).Select(text => Match(value, text, problems))];
        if (match.Count == 0)
            problems.Add(fields.Here, "'match' is missing: without a label it would match every alert.");
        var trigger = new AlertTrigger(match, fields.Word("mode", TriggerMode.Propose), fields.Time("cooldown"), Budget(fields, problems));
        fields.NothingElse("of 'on.alert'");
        return trigger;
    }

    private static LabelMatch Match(YamlTree at, string text, Problems problems) =>
        text.StartsWith('~') ? new LabelMatch(text, Pattern(at, text[1..], problems)) : new LabelMatch(text, null);

    private static RunBudget? Budget(Fields trigger, Problems problems)
    {
        if (trigger.Take("budget") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, "'budget'");
        var (runs, per) = (fields.Whole("runs", 1, 10_000), fields.Time("per"));
        var then = fields.Word("then", BudgetEnd.Escalate);
        fields.NothingElse("of 'budget'");
        if (runs is { } count && per is { } time)
            return new RunBudget(count, time, then);
        problems.Add(tree, "'budget' needs 'runs' and 'per', as { runs: 2, per: 6h }.");
        return null;
    }

    private enum OnUnknown
    {
        Ask,
        Stop,
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9]*(-[a-z0-9]+)*\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    internal static partial Regex Kebab();
}
