using System.ComponentModel;
using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Paging;
using Integrations;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record PageArguments(
    [PageTargetText] [Description("Whom: `user:anna`, `group:oncall`, `role:responder` or `webhook:NAME`.")] string Target,
    [Description("Why, for whoever is called.")] string? Reason = null
);

/// <summary><c>incident/page@1</c>: calls somebody now, whether or not the incident is acknowledged.</summary>
internal sealed class PageAction(IServiceProvider services) : IStepAction
{
    public string Name => "incident/page@1";

    public string Summary => "Calls somebody now.";

    public Type Arguments => typeof(PageArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostedResult),
            [
                new(
                    FailureClass.NotSent,
                    "The run belongs to no incident, `target` is in none of its forms, or the chat that may know them does not answer."
                ),
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

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var (typed, reason) = call.With.Deserialize<PageArguments>(ActionJson.Options)!;
        if (call.Incident is null)
            return new ActionResult.Failed(
                FailureClass.NotSent,
                $"the run belongs to no incident, and people are called for one only: {typed} is not called. Start the runbook for one (--incident inc-42)"
            );
        var target = PageTarget.Parse(typed)!;
        var (result, isUnknown) = await CallAsync(target, reason, call, cancel);
        if (!isUnknown || target.Kind is not "user")
            return result;
        // Somebody of a workspace who has not used the bot, as a route may name them.
        var stranger = await services.GetRequiredService<IStrangers>().FindAsync(target.Name, cancel);
        if (stranger.Name is { } name)
            return (await CallAsync(target with { Name = name }, reason, call, cancel)).Result;
        return stranger.Why is { } why && result is ActionResult.Failed refused
            ? refused with
            {
                Class = stranger.Retryable ? FailureClass.NotSent : FailureClass.Refused,
                Because = $"{refused.Because} Nor in chat: {why}.",
            }
            : result;
    }

    private async Task<(ActionResult Result, bool IsUnknown)> CallAsync(
        PageTarget target,
        string? reason,
        ActionCall call,
        CancellationToken cancel
    )
    {
        string? wrong = null;
        var result = await IncidentCall.RunAsync(
            services.GetRequiredService<IDesk>(),
            call,
            new IncidentCommand.Call(target, reason),
            $"call {target}{(reason is null ? "" : ": " + reason)}",
            cancel,
            book => wrong = Wrong(book, target)
        );
        return (result, wrong is not null);
    }

    private string? Wrong(AccessBook book, PageTarget target) =>
        target.Kind is "user"
            ? IncidentCall.NoSuchUser(book, "target", target.Name)
            : target.NobodyIn(book.Groups, services.GetServices<IPager>())?.Sentence;
}
