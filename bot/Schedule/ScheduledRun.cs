using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Effects;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Runbooks.Expressions;

namespace Bot.Schedule;

/// <summary>A runbook is to start because it is time.</summary>
/// <param name="Name"><c>runbook#entry</c>.</param>
/// <param name="At">For when.</param>
internal sealed record ScheduledRun(string Name, DateTimeOffset At)
{
    public const string Kind = "runbook.scheduled";
}

internal sealed class ScheduledRunHandler(IRunDesk runs, IRunbookShelf shelf) : IEffectHandler
{
    public string Kind => ScheduledRun.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var wanted = effect.Read<ScheduledRun>();
        if (RunbookTimes.Find(shelf, wanted.Name) is not var (definition, entry))
            return new EffectResult.Done($"{wanted.Name} is not scheduled any more.");
        JsonElement inputs;
        try
        {
            inputs = entry.With.ToJson(new Scope(_ => null)).Json;
        }
        catch (ExpressionException e)
        {
            return new EffectResult.Dead($"on.schedule of {definition.Name}: {e.Message}");
        }

        var caller = new Caller(Actor.System, Role.Admin, definition.MayRun);
        var key = new IdempotencyKey(Kind, effect.Id, definition.Name);
        // A dead letter is shown and counted: a backup that does not start must not go unnoticed.
        return await runs.StartAsync(definition.Name, inputs, null, null, caller, key, proposed: false, cancel) switch
        {
            RunStart.Started started => new EffectResult.Done($"started {started.Run}"),
            RunStart.Invalid invalid => new EffectResult.Dead(
                $"{definition.Name} did not start: " + string.Join(" ", invalid.Problems.Select(problem => problem.Sentence))
            ),
            RunStart.NotAllowed not => new EffectResult.Dead($"{definition.Name} did not start: {not.Sentence}"),
            RunStart.NoSuchRunbook none => new EffectResult.Dead(none.Sentence),
            var other => throw new InvalidOperationException($"No rule for {other.GetType().Name}."),
        };
    }
}
