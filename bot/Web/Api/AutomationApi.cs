using Bot.Access;
using Bot.Desk;
using Bot.Runs;
using Bot.Web.Security;

namespace Bot.Web.Api;

/// <summary><c>/api/v1/automation</c></summary>
internal static class AutomationApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/automation", GetAsync)
            .Produces<AutomationAnswer>()
            .WithSummary("Whether runbooks start by themselves, and what stopping them all would reach");
        api.MapPost("/automation", PutAsync)
            .Produces<AutomationAnswer>()
            .ProducesProblem(400)
            .RequireAuthorization(Door.Responder)
            .WithSummary("Stop all automation and every run that is under way, or let it go on");
    }

    private static async Task<IResult> GetAsync(
        HttpContext context,
        AutomationSwitch automation,
        Visibility visibility,
        CancellationToken cancel
    ) => Results.Ok(await AnswerAsync(automation, visibility, context.Caller(), cancel));

    private static async Task<IResult> PutAsync(
        HttpContext context,
        AutomationSwitch automation,
        Visibility visibility,
        AutomationRequest request,
        CancellationToken cancel
    )
    {
        if (request.Stopped is not { } stopped)
            return Problems.Invalid(new InvalidField("stopped", null, "Say true or false."));
        if (string.IsNullOrWhiteSpace(request.Reason))
            return Problems.Invalid(new InvalidField("reason", request.Reason, "Give a reason; it goes on the log."));
        var reply = stopped
            ? await automation.StopAsync(request.Reason, context.Caller(), cancel)
            : await automation.ResumeAsync(request.Reason, context.Caller(), cancel);
        return reply.Accepted
            ? Results.Ok(await AnswerAsync(automation, visibility, context.Caller(), cancel))
            : Problems.Refused(reply.Text);
    }

    private static async Task<AutomationAnswer> AnswerAsync(
        AutomationSwitch automation,
        Visibility visibility,
        Caller caller,
        CancellationToken cancel
    )
    {
        var reach = await automation.LookAsync(cancel);
        var seen = new List<string>();
        foreach (var run in reach.Runs)
        {
            if (await visibility.MaySeeAsync(caller, run.Incident, cancel))
                seen.Add(run.Id);
        }

        return new AutomationAnswer(
            reach.State.StoppedBy is not null,
            reach.State.StoppedBy,
            reach.State.Reason,
            reach.State.Since,
            reach.Runbooks,
            reach.Runs.Count,
            seen
        );
    }

    internal sealed record AutomationRequest(bool? Stopped, string? Reason);

    /// <param name="Runbooks">Those that start by themselves.</param>
    /// <param name="UnderWay">How many runs stopping reaches, also those that the caller may not see.</param>
    /// <param name="Runs">Those that the caller may see.</param>
    internal sealed record AutomationAnswer(
        bool Stopped,
        string? By,
        string? Reason,
        DateTimeOffset? Since,
        IReadOnlyList<string> Runbooks,
        int UnderWay,
        IReadOnlyList<string> Runs
    );
}
