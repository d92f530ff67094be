using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

/// <summary>One command on the run's incident, taken once in each round.</summary>
internal static class IncidentCall
{
    /// <param name="content">What people read of it.</param>
    /// <param name="wrong">A last look before it is decided; answers with why it is refused.</param>
    public static async Task<ActionResult> RunAsync(
        IDesk desk,
        ActionCall call,
        IncidentCommand command,
        string content,
        CancellationToken cancel,
        Func<AccessBook, string?>? wrong = null
    )
    {
        call.Output(content);
        if (call.Incident is not { } number)
        {
            call.Output("the run belongs to no incident: nothing comes of it");
            return ActionResult.Success(new PostedResult(false));
        }

        var actor = Actor.Run(call.Run);
        var work = new CommandWork(number, command, call.Run, wrong) { Key = new IdempotencyKey(actor.ToString(), call.Round, content) };
        try
        {
            return await desk.SubmitAsync(work, cancel) is { } refused
                ? new ActionResult.Failed(FailureClass.Refused, refused)
                : ActionResult.Success(new PostedResult(true));
        }
        catch (IdempotencyConflictException)
        {
            call.Output("an attempt of this round has done it already, in other words");
            return ActionResult.Success(new PostedResult(true));
        }
    }

    /// <returns>Null: there is such a user.</returns>
    public static string? NoSuchUser(AccessBook book, string field, string name) =>
        book.Knows(name)
            ? null
            : new Rejection.Invalid(
                field,
                name,
                $"There is no such user.{Suggestion.For(name, book.Names)} The page /people has them all."
            ).Sentence;

    /// <summary>Answers with the refusal's sentence, which can be kept and read again; null if it was taken.</summary>
    private sealed class CommandWork(int number, IncidentCommand command, string run, Func<AccessBook, string?>? wrong) : DeskWork<string?>
    {
        // What is refused now may be right at the next attempt.
        public override bool Keeps(string? answer) => answer is null;

        public override string? Decide(IDraft draft)
        {
            // Whoever may start a runbook does not get into a private incident by it.
            if (draft.Incident(number) is { Private: true } && draft.Run(run)?.Incident != number)
                return new Rejection.NoSuchIncident(StreamId.Incident(number).Value).Sentence;
            if (wrong?.Invoke(draft.Access) is { } refused)
                return refused;
            return new IncidentWork(number, command, Actor.Run(run)).Decide(draft) is Decision.Rejected rejected
                ? rejected.Why.Sentence
                : null;
        }
    }
}
