using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>Reads <c>on</c>: what starts a runbook.</summary>
internal sealed class TriggerReader(Problems problems, ExpressionReader expressions)
{
    public RunbookDefinition Read(Fields runbook, RunbookDefinition definition)
    {
        if (runbook.Take("on") is not { } tree)
            return definition;
        var on = Fields.Of(tree, problems, Language.On);
        var read = definition with
        {
            Alerts = [.. on.OneOrMore("alert").Select(item => Alert(Fields.Of(item, problems, Language.Alert)))],
            Schedules = [.. on.List("schedule").Select(item => Schedule(item, definition)).OfType<ScheduleTrigger>()],
            Chat = on.Take("chat") is { } chat ? Chat(Fields.Of(chat, problems, Language.Chat), definition) : null,
        };
        on.NothingElse();
        return read;
    }

    private AlertTrigger Alert(Fields fields)
    {
        var match = new Dictionary<string, IReadOnlyList<LabelMatch>>(StringComparer.Ordinal);
        foreach (var (label, value) in fields.Map("match"))
            match[label.Text] = [.. fields.TextsOf(value, label.Text).Select(text => Match(value, text))];
        if (match.Count == 0)
            problems.Add(fields.Here, "'match' is missing: without a label it would match every alert.");
        var trigger = new AlertTrigger(match, fields.Word("mode", TriggerMode.Propose), fields.Time("cooldown"), Budget(fields));
        fields.NothingElse();
        return trigger;
    }

    private LabelMatch Match(YamlTree at, string text) =>
        text.StartsWith('~') ? new LabelMatch(text, RunbookReader.Pattern(at, text[1..], problems)) : new LabelMatch(text, null);

    private RunBudget? Budget(Fields trigger)
    {
        if (trigger.Take("budget") is not { } tree)
            return null;
        var fields = Fields.Of(tree, problems, Language.Budget);
        var (runs, per) = (fields.Whole("runs", 1, Language.MostRuns), fields.Time("per", zero: false));
        var then = fields.Word("then", BudgetEnd.Escalate);
        fields.NothingElse();
        if (runs is { } count && per is { } time)
            return new RunBudget(count, time, then);
        problems.Add(tree, "'budget' needs 'runs' and 'per', as { runs: 2, per: 6h }.");
        return null;
    }

    private ScheduleTrigger? Schedule(YamlTree tree, RunbookDefinition definition)
    {
        var fields = Fields.Of(tree, problems, Language.Schedule);
        var text = fields.Text("cron");
        var zone = fields.Text("timezone");
        var with = fields.Take("with") is { } given ? expressions.Template(given, ExpressionReader.Set()) : null;
        foreach (var (name, _) in fields.Map("with"))
            Known(name, name.Text, definition);
        fields.NothingElse();
        if (zone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            problems.Add(fields.Take("timezone")!, $"'{zone}' is no time zone. Use an IANA name as Europe/Zurich.");
        if (text is null)
        {
            problems.Add(tree, "'cron' is missing, as \"0 3 * * *\".");
            return null;
        }

        var (cron, problem) = CronSpec.Parse(text);
        if (problem is not null)
            problems.Add(fields.Take("cron")!, problem);
        return cron is null ? null : new ScheduleTrigger(cron, zone, with ?? new Template.Constant(MapValue.Empty));
    }

    private ChatTrigger? Chat(Fields fields, RunbookDefinition definition)
    {
        var command = fields.Text("command");
        fields.NothingElse();
        if (command is null)
        {
            problems.Add(fields.Here, "'command' is missing, as \"redis failover {shard}\".");
            return null;
        }

        var chat = new ChatTrigger(command);
        if (chat.Words.Count == 0 || ChatTrigger.InputOf(chat.Words[0]) is not null)
            problems.Add(fields.Take("command")!, "A chat command begins with a word that is no input.");
        foreach (var input in chat.Inputs)
            Known(fields.Take("command")!, input, definition);
        return chat;
    }

    private void Known(YamlTree at, string name, RunbookDefinition definition)
    {
        var input = definition.Inputs.FirstOrDefault(input => input.Name == name);
        if (input is null)
            problems.Add(at, $"There is no input '{name}'.{Suggestion.For(name, definition.Inputs.Select(one => one.Name))}");
        else if (input.Type is InputType.Secret)
            problems.Add(at, $"'{name}' is a secret; it comes from its reference.");
    }
}
