using Bot.Access;
using Bot.Commands;
using Bot.Desk;
using Bot.Runs;
using Bot.Storage;
using Bot.Web.Chat;
using Bot.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary><c>/runbooks</c> and starting one from its form.</summary>
internal sealed class RunbookEndpoints : IPages
{
    private const int Newest = 20;

    public string Path => "/runbooks";

    public IReadOnlyList<NavigationEntry> Navigation { get; } = [new("/runbooks", "Runbooks", "runbooks", 50)];

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/runbooks", ShowAsync);
        pages.MapPost("/runbooks/automation", SwitchAsync).RequireAuthorization(Door.Responder);
        pages.MapPost("/runbooks/{name}/start", StartAsync).RequireAuthorization(Door.Responder);
        pages.MapPost("/runbooks/{name}/drill", DrillAsync).RequireAuthorization(Door.Responder);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        IRunbookShelf shelf,
        RunTable runs,
        AutomationSwitch automation,
        RunbookDrill drill,
        Visibility visibility,
        string? incident,
        CancellationToken cancel
    )
    {
        var (rows, _) = await visibility.PageAsync<RunRow>(
            context.Caller(),
            Newest,
            last => runs.ListAsync(new RunQuery(Before: last?.Id, Limit: Newest), cancel),
            row => row.Incident,
            cancel
        );
        return new RazorComponentResult<RunbooksPage>(
            new
            {
                Shelf = shelf.All,
                Runs = rows,
                Open = (await visibility.ListAsync(context.Caller(), new IncidentQuery(Open: true, Limit: 50), cancel)).Items,
                For = incident,
                MayRun = context.Caller().May(Role.Responder),
                Automation = await automation.LookAsync(cancel),
                Drills = (await drill.LastAsync(cancel)).ToDictionary(report => report.Runbook, StringComparer.Ordinal),
            }
        );
    }

    private static async Task<IResult> SwitchAsync(HttpContext context, AutomationSwitch automation, Flash flash, CancellationToken cancel)
    {
        var form = await context.Request.ReadFormAsync(cancel);
        var reason = form["reason"].ToString().Trim();
        var reply =
            form["stopped"] == "true"
                ? await automation.StopAsync(reason, context.Caller(), cancel)
                : await automation.ResumeAsync(reason, context.Caller(), cancel);
        flash.Put(context, new Said(reply.Accepted, reply.Text));
        return Results.Redirect("/runbooks");
    }

    private static async Task<IResult> DrillAsync(
        HttpContext context,
        RunbookDrill drill,
        Flash flash,
        string name,
        CancellationToken cancel
    )
    {
        if (drill.Refusal(name, context.Caller()) is { } refusal)
            flash.Put(context, new Said(false, refusal));
        else if (await drill.GoAsync(name, cancel) is { } report)
            flash.Put(
                context,
                new Said(!report.IsRotten, $"{name}: {(report.IsRotten ? string.Join('\n', report.Findings) : "no rot found")}")
            );
        else
            return ErrorPage.NotFound("runbook " + name);
        return Results.Redirect("/runbooks");
    }

    private static async Task<IResult> StartAsync(
        HttpContext context,
        IRunbookShelf shelf,
        IRunDesk desk,
        Visibility visibility,
        Flash flash,
        string name,
        CancellationToken cancel
    )
    {
        var caller = context.Caller();
        if (shelf.Find(name) is not { } definition)
            return ErrorPage.NotFound("runbook " + name);
        var form = await context.Request.ReadFormAsync(cancel);
        int? number = null;
        if (form["incident"].ToString() is { Length: > 0 } id)
        {
            if (await visibility.FindAsync(caller, id, cancel) is not { } incident)
                return ErrorPage.NotFound("incident " + id);
            number = incident.Number;
        }

        var inputs = RunQuestions.Read(
            RunQuestions.Of(definition),
            form.Where(field => field.Key.StartsWith("input.", StringComparison.Ordinal))
                .Select(field => KeyValuePair.Create(field.Key["input.".Length..], field.Value.ToString().Trim()))
        );
        if (form["plan"] == "true")
            return new RazorComponentResult<PlanPage>(new { Plan = await desk.PlanAsync(name, inputs, number, caller, cancel) });
        var key = new IdempotencyKey(caller.Actor.ToString(), form["key"].ToString(), $"{name} {number} {inputs}");
        switch (await desk.StartAsync(name, inputs, number, null, caller, key, proposed: false, cancel))
        {
            case RunStart.Started started:
                return Results.Redirect("/runs/" + started.Run);
            case RunStart.NoSuchRunbook none:
                flash.Put(context, new Said(false, none.Sentence));
                break;
            case RunStart.NotAllowed not:
                flash.Put(context, new Said(false, not.Sentence));
                break;
            case RunStart.Invalid invalid:
                flash.Put(context, new Said(false, string.Join('\n', invalid.Problems.Select(problem => problem.Sentence))));
                break;
        }

        return Results.Redirect("/runbooks");
    }
}
