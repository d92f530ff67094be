using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Definition;

/// <summary>Reads lists of steps.</summary>
internal sealed class StepReader(Problems problems, ExpressionReader expressions, UseReader uses)
{
    private const int DeepestGroup = 5;
    private readonly StepPartReader parts = new(problems, expressions, uses);
    private readonly Dictionary<string, StepDefinition> byId = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyDictionary<string, StepDefinition> ById => byId;

    public List<StepDefinition> Read(IReadOnlyList<YamlTree> items, string prefix, int depth = 0, bool item = false)
    {
        var steps = new List<StepDefinition>();
        foreach (var tree in items)
            steps.Add(Step(Fields.Of(tree, problems, StepLanguage.Step), $"{prefix}-{steps.Count + 1}", depth, item));
        return steps;
    }

    private StepDefinition Step(Fields fields, string otherwise, int depth, bool item)
    {
        var id = fields.Text("id");
        if (id is not null && !RunbookReader.Kebab().IsMatch(id))
            problems.Add(fields.Take("id")!, $"The id '{id}' is not in kebab-case.");
        if (depth > DeepestGroup)
            problems.Add(fields.Here, $"Groups stand in groups more than {DeepestGroup} deep.");
        // A list of its own is written outside of its items.
        var list = fields.Take("for-each") is { } each ? expressions.Template(each, Contexts(item).Always) : null;
        if (list is not (null or Template.Whole or Template.Sequence or Template.Constant { Value: ListValue }))
            problems.Add(fields.Take("for-each")!, "'for-each' takes a list, or one expression that gives a list.");
        var contexts = Contexts(item || list is not null);
        uses.Accepted = !string.IsNullOrWhiteSpace(fields.Text("i-accept"));
        var step = Action(fields, id ?? otherwise, contexts, list, step: true) with
        {
            Runbook = parts.Call(fields, contexts),
            Wait = parts.Wait(fields, contexts),
            Ask = parts.Ask(fields, contexts),
            If = expressions.Condition(fields.Take("if"), Contexts(item).Always, impliesSuccess: true),
            ForEach = list,
            MaxParallel = fields.Whole("max-parallel", 1, 1000) ?? 1,
            Rate = parts.Rate(fields),
            Where = expressions.Condition(fields.Take("where"), StepContexts.OfItem.Always),
            Verify = fields.Flag("verify", false),
            Expect = expressions.Condition(fields.Take("expect"), contexts.OfResult),
            Else = fields.Word("else", ElseAction.Fail),
            ContinueOnError = fields.Flag("continue-on-error", false),
            SkipAllowed = fields.Flag("skip-allowed", false),
            Outputs = expressions.Entries(fields.Map("outputs"), contexts.OfResult),
            Artifacts = parts.Artifacts(fields),
            Undo = fields.Take("undo") is { } undo ? Undo(undo, id ?? otherwise, contexts, list) : null,
        };
        if (fields.Take("parallel") is not null)
            step = step with { Parallel = Read(fields.List("parallel"), step.Id, depth + 1, item || list is not null) };
        if (list is not null)
            step = step with { EachTarget = step with { ForEach = null, If = null, Approve = null, Where = null, SkipAllowed = false } };
        if (!byId.TryAdd(step.Id, step))
            problems.Add(fields.Take("id") ?? fields.Here, $"The id '{step.Id}' is used twice.");
        Agrees(fields, step);
        fields.NothingElse($"of the step '{step.Id}'");
        return step;
    }

    private static StepContexts Contexts(bool item) => item ? StepContexts.OfItem : StepContexts.Plain;

    // What a step and an undo have in common.
    private StepDefinition Action(Fields fields, string id, StepContexts contexts, Template? list, bool step) =>
        new()
        {
            Id = id,
            Name = fields.Text("name"),
            Line = fields.Here.Line,
            Column = fields.Here.Column,
            Uses = fields.Has("uses") && !(step && uses.Asks(fields)) ? uses.Read(fields, contexts.Passed, list) : null,
            Script = parts.Script(fields, contexts),
            Effect = fields.Word<StepEffect>("effect"),
            EffectAt = fields.Take("effect") is { } effect ? (effect.Line, effect.Column) : null,
            Accepts = fields.Text("i-accept"),
            IdempotencyKey = fields.Take("idempotency-key") is { } key
                ? expressions.TextTemplate(key, "idempotency-key", contexts.Always)
                : null,
            Approve = parts.Approve(fields),
            Before = parts.Before(fields, contexts, list),
            Check = parts.Check(fields, contexts, list),
            Timeout = fields.Time("timeout", zero: false),
            Retry = parts.Retry(fields),
            FailsWith = [.. fields.Texts("fails-with").Select(text => parts.Code(fields, text))],
            LogLimit = parts.Size(fields, "log-limit"),
        };

    private StepDefinition Undo(YamlTree tree, string id, StepContexts contexts, Template? list)
    {
        var fields = Fields.Of(tree, problems, StepLanguage.Undo);
        var undo = Action(fields, id + ".undo", contexts, list, step: false);
        if (undo.Uses is null == undo.Script is null)
            problems.Add(tree, $"'undo' of the step '{id}' needs either 'uses' or 'run'.");
        Loosening(fields, undo);
        fields.NothingElse();
        return undo;
    }

    private void Agrees(Fields fields, StepDefinition step)
    {
        var kinds = StepLanguage.Step.Kinds.Where(fields.Has).ToList();
        if (kinds.Count > 1)
            problems.Add(fields.Here, $"The step '{step.Id}' has more than one of {string.Join(", ", kinds)}.");
        if (kinds.Count == 0 && step.Approve is null)
            problems.Add(fields.Here, $"The step '{step.Id}' needs one of {string.Join(", ", StepLanguage.Step.Kinds)} or approve.");
        var acts = step.Uses is not null || step.Script is not null;
        Needs(
            acts,
            "an action or a script",
            "expect",
            "before",
            "check",
            "verify",
            "undo",
            "retry",
            "fails-with",
            "effect",
            "idempotency-key"
        );
        Needs(acts || step.Runbook is not null, "something to call", "outputs");
        Needs(step.Script is not null, "'run'", "artifacts", "log-limit");
        Needs(step.ForEach is not null, "'for-each'", "max-parallel", "rate");
        Needs(step.ForEach is not null || step.Uses is not null, "'for-each' or 'uses'", "where");
        Needs(step.Check is not null, "'check'", "verify");
        Needs(step.Expect is not null, "'expect'", "else");
        Needs(fields.Has("uses") || step.Runbook is not null, "'uses' or 'runbook'", "with");
        Needs(step.Effect is StepEffect.Keyed || step.Effect is null, "effect: keyed", "idempotency-key");
        if (step.ForEach is not null && (step.Wait ?? (object?)step.Ask) is not null)
            problems.Add(fields.Take("for-each")!, "'for-each' goes with something that acts, not with 'wait' or 'ask'.");
        Loosening(fields, step);

        void Needs(bool there, string what, params ReadOnlySpan<string> keys)
        {
            foreach (var key in keys)
            {
                if (!there && fields.Take(key) is { } found)
                    problems.Add(found, $"'{key}' of the step '{step.Id}' needs {what}.");
            }
        }
    }

    // What an action declares may be tightened; to loosen it takes a reason that stands in the file.
    private void Loosening(Fields fields, StepDefinition step)
    {
        if (step.Effect is not { } wanted || step.Uses is not { } use || !uses.Actions.TryGetValue(use.Action, out var action))
            return;
        // With values that are not known yet, what the action is at its strictest can only be seen when it is called.
        if (use.With is not Template.Constant constant)
            return;
        var own = action.EffectOf(constant.ToJson(Scope.Of(MapValue.Empty)).Json);
        if (wanted < own && string.IsNullOrWhiteSpace(step.Accepts))
        {
            problems.Add(
                fields.Take("effect")!,
                $"'{use.Action}' is {Words.Of(own)} here; to call it {Words.Of(wanted)} the step needs i-accept: \"reason\"."
            );
        }
    }
}
