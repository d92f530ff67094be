using System.Text.Json;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Runbooks.Actions;

/// <summary>
/// One verb that a step can use, as <c>http/request@1</c>. A new action is one new file: it is discovered, its schema and its
/// reference page come from here. Stateless; called from many threads.
/// </summary>
public interface IStepAction
{
    /// <summary><c>folder/verb@major</c>, unique among the parts.</summary>
    string Name { get; }

    /// <summary>One line for editors and the reference.</summary>
    string Summary { get; }

    /// <summary>The record whose properties are the keys of <c>with</c> (kebab-case); required ones have no default.</summary>
    Type Arguments { get; }

    /// <summary>What its reference page tells: result, failure classes, examples.</summary>
    ActionGuide Guide { get; }

    /// <summary>Whether people see the arguments (a note, a post): secrets are taken out of them before the call.</summary>
    bool ShowsArguments => false;

    /// <summary>Whether its arguments are a question to people (docs/adr/0067): the engine asks it as the key <c>ask</c> does, and never calls it.</summary>
    bool Asks => false;

    /// <summary>What running it again would do; may depend on the arguments (GET is a read, POST is not).</summary>
    StepEffect EffectOf(JsonElement with);

    /// <summary>The call in one line, as the plan and an approval card show it: <c>POST http://…/restart</c>. No secrets.</summary>
    string Describe(JsonElement with);

    Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel);
}

/// <summary>An action that begins something elsewhere which may outlive the bot.</summary>
public interface ILeavesRunning : IStepAction
{
    /// <summary>
    /// Ends what an attempt has left whose process is gone (<see cref="ActionCall.Earlier"/>), and tells <see cref="ActionCall.Left"/> who of it lives
    /// on, or that nobody knows.
    /// </summary>
    Task EndLeftAsync(ActionCall call, CancellationToken cancel);
}

/// <summary>
/// One attempt to make a step. Attempts of a step follow each other by themselves: after a crash, a lost answer, or by <c>retry</c>. All of them
/// are one round, and nothing may be done twice in it. A person who has a run go on from a step wants it done once more: that begins a new
/// round, unless it is unknown what came of the last one; then the old round goes on (docs/adr/0082). Other inputs that somebody gave begin one,
/// too (docs/adr/0087). So what is there already counts as this call's own only if it bears the mark of its <see cref="Round"/>, or if an attempt
/// of this round may have left it (<see cref="LostSince"/>). A refusal is not kept: the next attempt is decided anew.
/// </summary>
/// <param name="Round">Marks what is to be done once: the same for every attempt of the round, another one for the next.</param>
/// <param name="With">The resolved arguments, secrets in clear: never write them anywhere.</param>
/// <param name="IdempotencyKey">For keyed effects: the runbook's own, or by default the round.</param>
/// <param name="Effect">What the step declared, possibly tighter than the action's own.</param>
/// <param name="Output">Lines for the run's live output; masked there.</param>
public sealed record ActionCall(
    string Run,
    string Step,
    string Round,
    int? Incident,
    JsonElement With,
    StepEffect Effect,
    string? IdempotencyKey,
    long Epoch,
    Action<string> Output
)
{
    /// <summary>As <see cref="Output"/>, for what a command writes to its standard error.</summary>
    public Action<string> Errors
    {
        get => field ?? Output;
        init;
    }

    /// <summary>Which attempt of the step it is, over all rounds: it says nothing of what came of those before.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>
    /// When the first attempt of this round began whose answer was lost: since then it may have been done. Null: each attempt before this one has
    /// ended for certain, so that what is there already is somebody else's.
    /// </summary>
    public DateTimeOffset? LostSince { get; init; }

    /// <summary>After it others may decide that the call did not happen: nothing that acts may be sent any more, also by a process that slept through it.</summary>
    public DateTimeOffset Deadline { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>What must not come back, as it grows by <see cref="Sends"/>; the engine masks with it all that does.</summary>
    public CallMask Secrets { get; init; } = new(SecretMask.None);

    /// <summary>An action needs it only where it cuts text, so that no half of a secret is left.</summary>
    public SecretMask Mask => Secrets.Now;

    /// <summary>How far it has come, for one that looks before it acts.</summary>
    public CallReach Reach { get; init; } = new();

    /// <summary>Told what it waits for, each time that another thing is seen.</summary>
    public CallWait Waits { get; init; } = new();

    /// <summary>Told who of what it started lives on.</summary>
    public CallLeft Left { get; init; } = new();

    /// <summary>
    /// Told of the session that the call is about to begin somewhere: it is on the log when this comes back, so that it is found after a crash. False:
    /// somebody else carries the run on, and nothing may begin.
    /// </summary>
    public Func<StepProcess, Task<bool>> Began { get; init; } = static _ => Task.FromResult(true);

    /// <summary>The sessions of the step's attempts before this one, as they were told by <see cref="Began"/>.</summary>
    public IReadOnlyList<StepProcess> Earlier { get; init; } = [];

    /// <summary>Told of what the action holds for as long as its result is there: it is let go when that was read.</summary>
    public Action<IDisposable> UntilRead { get; init; } = static held => held.Dispose();

    /// <summary>Told before a credential leaves that the run does not know: one of the bot's own settings, or one that a server made for it.</summary>
    public void Sends(string credential) => Secrets.Add(credential);
}

/// <summary>What came of one call.</summary>
public abstract record ActionResult
{
    private ActionResult() { }

    /// <summary>Members of the result that are there and could not be read: nobody takes them for nothing.</summary>
    public IReadOnlyList<CutMember> Unread { get; init; } = [];

    /// <summary>What the action's result record holds.</summary>
    public static Succeeded Success<T>(T result) => new(JsonSerializer.SerializeToElement(result, ActionJson.Options));

    /// <param name="Result">What <c>expect</c> and <c>outputs</c> see as <c>result</c>.</param>
    public sealed record Succeeded(JsonElement Result) : ActionResult;

    /// <param name="Result">
    /// What was found all the same, of the type that the action's guide names: what <c>expect</c> sees. Null if nothing came back but a refusal,
    /// which says nothing of what was asked about.
    /// </param>
    public sealed record Failed(FailureClass Class, string Because, JsonElement? Result = null) : ActionResult
    {
        /// <summary>The answer's HTTP status, for <c>fails-with</c>; null: none, or the result has it as <c>status</c> or <c>exit-code</c>.</summary>
        public int? Code { get; init; }

        /// <summary>The status of an HTTP answer, or the exit code of a command; null: it ended with neither.</summary>
        internal int? CodeOfEnd => Code ?? CodeIn("status") ?? CodeIn("exit-code");

        /// <summary>It is a command's own end.</summary>
        internal bool HasExited => Code is null && CodeIn("status") is null && CodeIn("exit-code") is not null;

        private int? CodeIn(string name) =>
            Result is { ValueKind: JsonValueKind.Object } result
            && result.TryGetProperty(name, out var code)
            && code.ValueKind is JsonValueKind.Number
            && code.TryGetInt32(out var number)
                ? number
                : null;

        /// <summary>Its time was over while it only waited (<see cref="CallWait"/>): the same once more would wait for the same, and only who asks for it has it.</summary>
        public bool TimeOver { get; init; }
    }
}
