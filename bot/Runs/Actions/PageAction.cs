using System.ComponentModel;
using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Paging;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record PageArguments(
    [Description("Whom: `user:anna`, `group:oncall`, `role:responder` or `webhook:NAME`.")] string Target,
    [Description("Why, for whoever is called.")] string? Reason = null
);

/// <summary><c>incident/page@1</c>: calls somebody now, whether or not the incident is acknowledged.</summary>
internal sealed class PageAction(IServiceProvider services) : IStepAction
{
    private const string Forms = "Name user:anna, group:oncall, role:responder or webhook:NAME.";

    public string Name => "incident/page@1";

    public string Summary => "Calls somebody now.";

    public Type Arguments => typeof(PageArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostedResult),
            [
                new(FailureClass.NotSent, "`target` is in none of its forms."),
                new(
                    FailureClass.Refused,
                    "There is no such user, nobody is in the group, the incident is over, or it is private and the run is not part of it."
                ),
            ],
            """
            uses: incident/page@1
            with: { target: "group:oncall-data", reason: "The failover did not help." }
            """
        );

    public bool ShowsArguments => true;

    // The call itself goes by the outbox, once for the fact that this writes.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"call {with.GetProperty("target")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var (typed, reason) = call.With.Deserialize<PageArguments>(ActionJson.Options)!;
        if (PageTarget.Parse(typed) is not { } target)
            return Task.FromResult<ActionResult>(
                new ActionResult.Failed(FailureClass.NotSent, new Rejection.Invalid("target", typed, Forms).Sentence)
            );
        return IncidentCall.RunAsync(
            services.GetRequiredService<IDesk>(),
            call,
            new IncidentCommand.Call(target, reason),
            $"call {target}{(reason is null ? "" : ": " + reason)}",
            cancel,
            book => Wrong(book, target)
        );
    }

    private static string? Wrong(AccessBook book, PageTarget target) =>
        target switch
        {
            { Kind: "user" } => IncidentCall.NoSuchUser(book, "target", target.Name),
            { Kind: "group" } when !book.Groups.Contains(target.Name, StringComparer.Ordinal) => new Rejection.Invalid(
                "target",
                target.ToString(),
                $"Nobody is in the group {target.Name}.{Suggestion.For(target.Name, book.Groups)}"
            ).Sentence,
            _ => null,
        };
}
