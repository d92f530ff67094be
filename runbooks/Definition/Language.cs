namespace Runbooks.Definition;

/// <summary>The keys of a runbook around its steps.</summary>
public static class Language
{
    public const string KebabPattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";
    public const int MostRuns = 10_000;
    public const int MostTargets = 1_000_000;

    public static Place Runbook { get; } =
        new(
            "runbook",
            "a runbook",
            "Steps that people and alerts start, and that are carried to their end whatever dies in between.",
            () =>
                [
                    new Key("runbook", new Shape.Text(KebabPattern), "Its name, in kebab-case; unique among all runbooks.")
                    {
                        Required = true,
                    },
                    new Key("summary", new Shape.Text(), "What it does, in one line."),
                    new Key("on", new Shape.In(On!), "What starts it, besides people."),
                    new Key("inputs", new Shape.MapOf(new Shape.In(Input!)), "Typed values that a run is started with."),
                    new Key("permissions", new Shape.In(Permissions!), "Who may start it; without it every responder."),
                    new Key(
                        "locks",
                        new Shape.ListOf(new Shape.Text()),
                        "Texts: of the runs that name the same one, one goes on at a time; others queue."
                    ),
                    new Key("limits", new Shape.In(Limits!), "Bounds of the whole run."),
                    new Key("env", new Shape.MapOf(new Shape.Anything()), "Environment variables of every script."),
                    new Key(
                        "steps",
                        new Shape.ListOf(new Shape.In(StepLanguage.Step), Least: 1),
                        "What is done, in order; the first failure ends it."
                    )
                    {
                        Required = true,
                    },
                    new Key(
                        "finally",
                        new Shape.ListOf(new Shape.In(StepLanguage.Step)),
                        "Steps that run whatever happened, also after a cancel."
                    ),
                    new Key("outputs", new Shape.MapOf(new Shape.Anything()), "What the run brings: names to expressions."),
                ]
        );

    public static Place On { get; } =
        new(
            "on",
            "'on'",
            "What starts a run.",
            () =>
                [
                    new Key("alert", Shape.OneOrMore(new Shape.In(Alert!)), "Alerts that propose or start it."),
                    new Key("schedule", new Shape.ListOf(new Shape.In(Schedule!)), "Times at which it starts."),
                    new Key("chat", new Shape.In(Chat!), "What one types to start it."),
                ]
        );

    public static Place Alert { get; } =
        new(
            "on.alert",
            "'on.alert'",
            "Alerts with these labels.",
            () =>
                [
                    new Key(
                        "match",
                        new Shape.MapOf(Shape.OneOrMore(new Shape.Text()), Least: 1),
                        "Label to value, list of values, or \"~pattern\" over the whole value."
                    )
                    {
                        Required = true,
                    },
                    new Key("mode", Shape.Word.Of<TriggerMode>(), "propose: a card with a button (default). auto: it starts by itself."),
                    new Key("cooldown", new Shape.Time(), "No new run for the same alert, counted from the end of the last one."),
                    new Key("budget", new Shape.In(Budget!), "How many runs may start by themselves before a person is asked."),
                ]
        );

    public static Place Budget { get; } =
        new(
            "budget",
            "'budget'",
            "How many runs may start by themselves.",
            () =>
                [
                    new Key("runs", new Shape.Number(1, MostRuns, Whole: true), "So many runs") { Required = true },
                    new Key("per", new Shape.Time(), "within so long.") { Required = true },
                    new Key("then", Shape.Word.Of<BudgetEnd>(), "What comes of the next one; default: escalate."),
                ]
        );

    public static Place Schedule { get; } =
        new(
            "on.schedule",
            "'on.schedule'",
            "Times at which a run starts.",
            () =>
                [
                    new Key("cron", new Shape.Text(), "Minute, hour, day, month, weekday, as in crontab(5): \"0 3 * * mon-fri\".")
                    {
                        Required = true,
                    },
                    new Key("timezone", new Shape.Text(), "IANA name as Europe/Zurich; default: UTC."),
                    new Key("with", new Shape.MapOf(new Shape.Anything()), "Inputs of the run."),
                ]
        );

    public static Place Chat { get; } =
        new(
            "on.chat",
            "'on.chat'",
            "A command of its own in chat.",
            () =>
                [new Key("command", new Shape.Text(), "The words; {name} takes an input: \"redis failover {shard}\".") { Required = true }]
        );

    public static Place Input { get; } =
        new(
            "input",
            "an input",
            "A typed value: of the run, or the answer to a question.",
            () =>
                [
                    new Key("type", Shape.Word.Of<InputType>(), "Default: string."),
                    new Key("default", new Shape.Anything(), "Taken where none is given; expressions see alert, incident and inputs."),
                    new Key(
                        "required",
                        new Shape.Flag(),
                        "It must not be empty. Of a secret the default is true; with false it is nothing where its ref names none."
                    ),
                    new Key("enum", new Shape.ListOf(new Shape.Text(), Least: 1), "The values that it may have."),
                    new Key("pattern", new Shape.Text(), "A regular expression over the whole text."),
                    new Key("minimum", new Shape.Number(double.MinValue, double.MaxValue, Whole: false), "The least number."),
                    new Key("maximum", new Shape.Number(double.MinValue, double.MaxValue, Whole: false), "The greatest number."),
                    new Key("min-length", new Shape.Number(0, int.MaxValue, Whole: true), "Characters of a text, or items of a list."),
                    new Key("max-length", new Shape.Number(0, int.MaxValue, Whole: true), "Characters of a text, or items of a list."),
                    new Key("items", Shape.Word.Of<InputType>(), "The type of a list's items."),
                    new Key(
                        "ref",
                        new Shape.Text("^[a-z]+:.+$"),
                        "Where a secret lies: env:NAME, file:PATH, vault:…. It is read at each step and stored nowhere."
                    ),
                    new Key("description", new Shape.Text(), "What it means, for the form."),
                ]
        );

    public static Place Permissions { get; } =
        new(
            "permissions",
            "'permissions'",
            "Who may do what with it.",
            () => [new Key("run", Shape.OneOrMore(new Shape.Text()), "Groups that may start it.")]
        );

    public static Place Limits { get; } =
        new(
            "limits",
            "'limits'",
            "Bounds of the whole run.",
            () =>
                [
                    new Key("timeout", new Shape.Time(), "From its start to its end."),
                    new Key(
                        "targets",
                        new Shape.Number(1, MostTargets, Whole: true),
                        "How many targets one for-each that changes something may have."
                    ),
                    new Key(
                        "on-unknown",
                        Shape.Word.Of<OnUnknown>(),
                        "Where nobody knows whether a step happened: ask a person (default), or stop."
                    ),
                ]
        );
}

/// <summary>What an unknown outcome does to the run.</summary>
public enum OnUnknown
{
    Ask,
    Stop,
}
