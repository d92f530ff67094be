using System.Collections.Frozen;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Definition;

/// <summary>Reads lists of steps.</summary>
internal sealed class StepReader(Problems problems, ExpressionReader expressions, IReadOnlyDictionary<string, IStepAction> actions)
{
    private static readonly string[] Shells = ["bash", "sh", "python", "pwsh"];
    private readonly HashSet<string> ids = new(StringComparer.OrdinalIgnoreCase);

    public List<StepDefinition> Read(IReadOnlyList<YamlTree> items, string prefix)
    {
        var steps = new List<StepDefinition>();
        foreach (var item in items)
            steps.Add(Step(Fields.Of(item, problems, "A step"), $"{prefix}-{steps.Count + 1}"));
        return steps;
    }

    private StepDefinition Step(Fields fields, string otherwise)
    {
        var id = fields.Text("id");
        if (id is not null && !RunbookReader.Kebab().IsMatch(id))
            problems.Add(fields.Take("id")!, $"The id '{id}' is not in kebab-case.");
        if (!ids.Add(id ?? otherwise))
            problems.Add(fields.Take("id") ?? fields.Here, $"The id '{id ?? otherwise}' is used twice.");
        fields.NotYet(
            "runbook",
            "ask",
            "parallel",
            "for-each",
            "max-parallel",
            "rate",
            "where",
            "undo",
            "verify",
            "artifacts",
            "skip-allowed",
            "group",
            "idempotent"
        );
        var uses = fields.Take("uses") is null ? null : Uses(fields, ExpressionReader.Everywhere);
        var step = new StepDefinition
        {
            Id = id ?? otherwise,
            Name = fields.Text("name"),
            Line = fields.Here.Line,
            Uses = uses,
            Script = Script(fields),
            Wait = Wait(fields),
            If = expressions.Condition(fields.Take("if"), ExpressionReader.Everywhere, impliesSuccess: true),
            Effect = fields.Word<StepEffect>("effect"),
            IdempotencyKey = fields.Take("idempotency-key") is { } key ? expressions.Template(key, ExpressionReader.Everywhere) : null,
            Approve = Approve(fields),
            Before = Before(fields),
            Check = Check(fields),
            Timeout = fields.Time("timeout"),
            Retry = Retry(fields),
            FailsWith = [.. fields.Texts("fails-with").Select(text => Code(fields, text))],
            Expect = expressions.Condition(fields.Take("expect"), ExpressionReader.OfResult),
            Else = fields.Word("else", ElseAction.Fail),
            ContinueOnError = fields.Flag("continue-on-error", false),
            Outputs = expressions.Entries(fields.Map("outputs"), ExpressionReader.OfResult),
            LogLimit = Size(fields, "log-limit"),
        };
        Agrees(fields, step);
        fields.NothingElse($"of the step '{step.Id}'");
        return step;
    }

    private void Agrees(Fields fields, StepDefinition step)
    {
        var kinds = new[] { step.Uses is not null, step.Script is not null, step.Wait is not null }.Count(is_ => is_);
        if (kinds > 1)
            problems.Add(fields.Here, $"The step '{step.Id}' has more than one of 'uses', 'run' and 'wait'.");
        if (kinds == 0 && step.Approve is null)
            problems.Add(fields.Here, $"The step '{step.Id}' needs one of 'uses', 'run', 'wait' or 'approve'.");
        if (step.Expect is not null && step.Uses is null && step.Script is null)
            problems.Add(fields.Here, $"'expect' of the step '{step.Id}' needs 'uses' or 'run'.");
        Loosening(fields, step);
    }

    // What an action declares may be tightened; to loosen it takes a reason that stands in the file.
    private void Loosening(Fields fields, StepDefinition step)
    {
        var reason = fields.Text("i-accept");
        if (step.Effect is not { } wanted || step.Uses is not { } uses || !actions.TryGetValue(uses.Action, out var action))
            return;
        var own = uses.With is Template.Constant ? action.EffectOf(uses.With.ToJson(Scope.Of(MapValue.Empty)).Json) : StepEffect.Read;
        if (wanted < own && string.IsNullOrWhiteSpace(reason))
        {
            problems.Add(
                fields.Take("effect")!,
                $"'{uses.Action}' is {Words.Of(own)} here; to call it {Words.Of(wanted)} the step needs i-accept: \"reason\"."
            );
        }
    }

    private UseDefinition Uses(Fields fields, FrozenSet<string> contexts)
    {
        var name = fields.Text("uses") ?? "";
        var tree = fields.Take("with");
        var with = tree is null ? new Template.Constant(MapValue.Empty) : expressions.Template(tree, contexts);
        if (!actions.TryGetValue(name, out var action))
        {
            problems.Add(
                fields.Take("uses") ?? fields.Here,
                $"There is no action '{name}'.{Suggestion.For(name, actions.Keys)} Known: {string.Join(", ", actions.Keys)}."
            );
            return new UseDefinition(name, with);
        }

        var arguments = ArgumentList.Of(action.Arguments);
        var given = (tree as YamlTree.Mapping)?.Entries ?? [];
        foreach (var (key, _) in given)
        {
            if (!arguments.Exists(argument => argument.Key == key.Text))
                problems.Add(
                    key,
                    $"'{name}' has no argument '{key.Text}'.{Suggestion.For(key.Text, arguments.Select(argument => argument.Key))}"
                );
        }

        foreach (var argument in arguments)
        {
            if (argument.Required && !given.Any(entry => entry.Key.Text == argument.Key))
                problems.Add(tree ?? fields.Here, $"'{name}' needs the argument '{argument.Key}'.");
        }

        return new UseDefinition(name, with);
    }

    private ScriptDefinition? Script(Fields fields)
    {
        var body = fields.Text("run");
        var shell = fields.Text("shell");
        var env = expressions.Entries(fields.Map("env"), ExpressionReader.Everywhere);
        var cwd = fields.Text("cwd");
        if (body is null)
        {
            if (shell is not null)
                problems.Add(fields.Take("shell")!, "'shell' goes with 'run'.");
            return null;
        }

        if (body.Contains("${{", StringComparison.Ordinal))
            problems.Add(fields.Take("run")!, "'${{ }}' in a script lets a value become code. Pass it by 'env' and use it as \"$NAME\".");
        if (shell is not null && !Shells.Contains(shell))
            problems.Add(fields.Take("shell")!, $"'shell' is one of {string.Join(", ", Shells)}, not '{shell}'.");
        return new ScriptDefinition(body, shell ?? "bash", env, cwd);
    }

    private WaitDefinition? Wait(Fields step)
    {
        if (step.Take("wait") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, "'wait'");
        var wait = new WaitDefinition(
            fields.Time("for"),
            expressions.Condition(fields.Take("until"), ExpressionReader.Everywhere),
            fields.Time("every") ?? TimeSpan.FromSeconds(10),
            fields.Time("timeout")
        );
        fields.NothingElse("of 'wait'");
        if (fields.Take("for") is null == fields.Take("until") is null)
            problems.Add(tree, "'wait' needs either 'for' or 'until'.");
        return wait;
    }

    private ApproveDefinition? Approve(Fields step)
    {
        if (step.Take("approve") is not { } tree)
            return null;
        if (tree is YamlTree.Scalar { Value: true })
            return new ApproveDefinition(1, [], null, true);
        var fields = Fields.Of(tree, problems, "'approve'");
        var approve = new ApproveDefinition(
            fields.Whole("need", 1, 100) ?? 1,
            fields.Texts("from"),
            fields.Time("expires"),
            fields.Flag("self", true)
        );
        fields.NotYet("remind");
        fields.NothingElse("of 'approve'");
        return approve;
    }

    private BeforeDefinition? Before(Fields step)
    {
        if (step.Take("before") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, "'before'");
        var before = new BeforeDefinition(Uses(fields, ExpressionReader.Everywhere), fields.Flag("optional", false));
        fields.NothingElse("of 'before'");
        return before;
    }

    private CheckDefinition? Check(Fields step)
    {
        if (step.Take("check") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, "'check'");
        fields.NotYet("first");
        var check = new CheckDefinition(
            Uses(fields, ExpressionReader.Everywhere),
            fields.Time("settle") ?? TimeSpan.Zero,
            expressions.Condition(fields.Take("done-when"), ExpressionReader.OfResult),
            fields.Flag("authoritative", false)
        );
        fields.NothingElse("of 'check'");
        return check;
    }

    private RetryDefinition? Retry(Fields step)
    {
        if (step.Take("retry") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, "'retry'");
        var on = new List<FailureClass>();
        foreach (var item in fields.List("on"))
        {
            if (fields.OneWord<FailureClass>(item, "on") is { } kind)
                on.Add(kind);
        }

        var retry = new RetryDefinition(
            fields.Whole("attempts", 1, 1000) ?? 3,
            fields.Time("delay") ?? TimeSpan.FromSeconds(1),
            fields.Number("backoff", 1, 100) ?? 2,
            fields.Time("max-delay") ?? TimeSpan.FromMinutes(1),
            fields.Word("jitter", Jitter.Full) is Jitter.Full,
            on.Count > 0 ? on : [FailureClass.NotSent, FailureClass.Refused]
        );
        fields.NothingElse("of 'retry'");
        return retry;
    }

    private int Code(Fields fields, string text)
    {
        if (int.TryParse(text, out var code))
            return code;
        problems.Add(fields.Take("fails-with")!, $"'{text}' in 'fails-with' is no exit code or status.");
        return 0;
    }

    private int Size(Fields fields, string key)
    {
        if (fields.Text(key) is not { } text)
            return 10_000_000;
        var unit = text.AsSpan().TrimStart("0123456789");
        var factor = unit switch
        {
            "" or "B" => 1L,
            "KB" => 1000L,
            "MB" => 1_000_000L,
            _ => 0L,
        };
        if (long.TryParse(text.AsSpan(0, text.Length - unit.Length), out var number) && number * factor is > 0 and <= 100_000_000)
            return (int)(number * factor);
        problems.Add(fields.Take(key)!, $"'{key}' must be a size up to 100MB, as 64KB or 10MB.");
        return 10_000_000;
    }

    private enum Jitter
    {
        Full,
        None,
    }
}
