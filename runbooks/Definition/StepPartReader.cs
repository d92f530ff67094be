using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Definition;

/// <summary>Reads the keys of a step that have keys of their own.</summary>
internal sealed class StepPartReader(Problems problems, ExpressionReader expressions, UseReader uses)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    public ScriptDefinition? Script(Fields fields, StepContexts contexts)
    {
        var body = fields.Text("run");
        var shell = fields.Text("shell");
        var env = expressions.Entries(fields.Map("env"), contexts.Passed);
        var cwd = fields.Text("cwd");
        if (body is null)
        {
            foreach (var key in (string[])["shell", "env", "cwd"])
            {
                if (fields.Take(key) is { } alone)
                    problems.Add(alone, $"'{key}' goes with 'run'.");
            }

            return null;
        }

        if (string.IsNullOrWhiteSpace(body))
            problems.Add(fields.Take("run")!, "'run' is empty: write the script, or leave the step out.");
        if (body.Contains("${{", StringComparison.Ordinal))
            problems.Add(fields.Take("run")!, "'${{ }}' in a script lets a value become code. Pass it by 'env' and use it as \"$NAME\".");
        if (shell is not null && !StepLanguage.Shells.Contains(shell))
            problems.Add(fields.Take("shell")!, $"'shell' is one of {string.Join(", ", StepLanguage.Shells)}, not '{shell}'.");
        return new ScriptDefinition(body, shell ?? "bash", env, cwd);
    }

    public CallDefinition? Call(Fields fields, StepContexts contexts)
    {
        if (fields.Text("runbook") is not { } name)
            return null;
        if (!RunbookReader.Kebab().IsMatch(name))
            problems.Add(fields.Take("runbook")!, $"'{name}' is no name of a runbook.");
        var with = fields.Take("with");
        if (with is not null and not YamlTree.Mapping)
            problems.Add(with, "'with' must be a mapping of inputs to values.");
        return new CallDefinition(name, with is null ? new Template.Constant(MapValue.Empty) : expressions.Template(with, contexts.Passed));
    }

    public WaitDefinition? Wait(Fields step, StepContexts contexts)
    {
        if (step.Take("wait") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, StepLanguage.Wait);
        var wait = new WaitDefinition(
            fields.Time("for"),
            expressions.Condition(fields.Take("until"), contexts.Always),
            fields.Time("every") ?? TimeSpan.FromSeconds(10),
            fields.Time("timeout", zero: false)
        );
        fields.NothingElse();
        if (fields.Take("for") is null == fields.Take("until") is null)
            problems.Add(tree, "'wait' needs either 'for' or 'until'.");
        if (wait.For is not null && (fields.Take("every") ?? fields.Take("timeout")) is { } extra)
            problems.Add(extra, "'every' and 'timeout' go with 'until'.");
        if (wait.Every < TimeSpan.FromMilliseconds(100))
            problems.Add(fields.Take("every")!, "'every' is at least 100ms.");
        return wait;
    }

    public AskDefinition? Ask(Fields step, StepContexts contexts)
    {
        var name = uses.Asks(step) ? step.Text("uses")! : "ask";
        var tree = name is "ask" ? step.Take("ask") : step.Take("with") ?? step.Take("uses");
        if (tree is null)
            return null;
        var fields = Fields.Of(tree, problems, StepLanguage.Ask);
        var ask = new AskDefinition(
            fields.Take("text") is { } text ? expressions.TextTemplate(text, "text", contexts.Always) : new Template.Constant(""),
            InputReader.Read(fields, problems, expressions, secrets: false),
            fields.Texts("from"),
            fields.Time("expires", zero: false)
        );
        fields.NothingElse($"of '{name}'");
        if (fields.Take("text") is null)
            problems.Add(tree, $"'{name}' needs 'text': what is asked.");
        if (ask.Inputs.Count == 0)
            problems.Add(tree, $"'{name}' needs 'inputs': the typed answers.");
        return ask;
    }

    public RateDefinition? Rate(Fields step)
    {
        if (step.Take("rate") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, StepLanguage.Rate);
        var rate = new RateDefinition(Waves(fields), fields.Take("errors") is { } errors ? Share(errors, "errors") : null);
        fields.NothingElse();
        return rate;
    }

    // Running totals; how many a percentage is, only the list says.
    private List<Share> Waves(Fields fields)
    {
        var waves = new List<Share>();
        foreach (var tree in fields.List("waves"))
        {
            if (Share(tree, "waves") is not { } wave)
                continue;
            if (waves is [.., var last] && last.IsPercent == wave.IsPercent && wave.Number <= last.Number)
                problems.Add(tree, $"'waves' are running totals and grow: {wave} after {last} starts nobody.");
            waves.Add(wave);
        }

        return waves;
    }

    public ApproveDefinition? Approve(Fields step)
    {
        if (step.Take("approve") is not { } tree)
            return null;
        if (tree is YamlTree.Scalar { Value: true })
            return new ApproveDefinition(1, [], null, null, true);
        var fields = Fields.Of(tree, problems, StepLanguage.Approve);
        var approve = new ApproveDefinition(
            fields.Whole("need", 1, 100) ?? 1,
            fields.Texts("from"),
            fields.Time("expires", zero: false),
            fields.Time("remind", zero: false),
            fields.Flag("self", true)
        );
        fields.NothingElse();
        return approve;
    }

    public BeforeDefinition? Before(Fields step, StepContexts contexts, Template? list)
    {
        if (step.Take("before") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, StepLanguage.Before);
        var before = new BeforeDefinition(uses.Read(fields, contexts.Passed, list), fields.Flag("optional", false));
        fields.NothingElse();
        return before;
    }

    public CheckDefinition? Check(Fields step, StepContexts contexts, Template? list)
    {
        if (step.Take("check") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, StepLanguage.Check);
        var check = new CheckDefinition(
            uses.Read(fields, contexts.Passed, list),
            fields.Time("settle") ?? TimeSpan.Zero,
            expressions.Condition(fields.Take("done-when"), contexts.OfResult),
            fields.Flag("first", false),
            fields.Flag("authoritative", false)
        );
        fields.NothingElse();
        return check;
    }

    public RetryDefinition? Retry(Fields step)
    {
        if (step.Take("retry") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, StepLanguage.Retry);
        var on = new List<FailureClass>();
        foreach (var item in fields.List("on"))
        {
            if (fields.OneWord<FailureClass>(item, "on") is { } kind)
                on.Add(kind);
        }

        var delay = fields.Time("delay") ?? TimeSpan.FromSeconds(1);
        var retry = new RetryDefinition(
            fields.Whole("attempts", 1, 1000) ?? 3,
            delay,
            fields.Number("backoff", 1, 100) ?? 2,
            // Whoever writes "delay: 1h" and no more means an hour.
            fields.Time("max-delay") ?? (delay > LongestDelay ? delay : LongestDelay),
            fields.Word("jitter", Jitter.Full) is Jitter.Full,
            on.Count > 0 ? on : [FailureClass.NotSent, FailureClass.Refused]
        );
        fields.NothingElse();
        return retry;
    }

    public int Code(Fields fields, string text)
    {
        if (int.TryParse(text, out var code))
            return code;
        problems.Add(fields.Take("fails-with")!, $"'{text}' in 'fails-with' is no exit code or status.");
        return 0;
    }

    public int Size(Fields fields, string key)
    {
        if (fields.Text(key) is not { } text)
            return 10_000_000;
        if (ByteSize.Parse(text, 100_000_000) is { } size)
            return (int)size;
        problems.Add(fields.Take(key)!, $"'{key}' must be a size up to 100MB, as 64KB or 10MB.");
        return 10_000_000;
    }

    public IReadOnlyList<string> Artifacts(Fields fields)
    {
        var patterns = fields.Texts("artifacts");
        foreach (var problem in patterns.Select(ArtifactPattern.Problem).OfType<string>())
            problems.Add(fields.Take("artifacts")!, problem);
        return patterns;
    }

    private Share? Share(YamlTree tree, string key)
    {
        if (tree is YamlTree.Scalar scalar && Definition.Share.Parse(scalar.Text) is { } share)
            return share;
        problems.Add(tree, $"'{key}' takes numbers of targets from 1, or percentages as 10%.");
        return null;
    }
}
