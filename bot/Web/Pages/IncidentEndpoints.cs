using System.Text.Json;
using Bot.Access;
using Bot.Commands;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Bot.Timeline;
using Bot.Web.Chat;
using Bot.Web.Security;
using Integrations;
using Microsoft.AspNetCore.Http.HttpResults;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Web.Pages;

/// <summary><c>/incidents/{id}</c>.</summary>
internal sealed class IncidentEndpoints : IPages
{
    public const int StoryLines = 300;

    public string Path => "/incidents";

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/incidents", () => Results.Redirect("/"));
        pages.MapGet("/incidents/{id}", ShowAsync);
        pages.MapGet("/incidents/{id}/files/{hash}", FileAsync);
    }

    /// <summary>Where a picture that an entry names is seen, and what it shows in words; null for an entry without one.</summary>
    public static (string Address, string Text)? PictureOf(string incident, TimelineEntry entry)
    {
        if (entry.Type is not "incident.file-attached")
            return null;
        var file = entry.Data.Deserialize<IncidentFact.FileAttached>(FactJson.Options)!;
        return file.MediaType is "image/png"
            ? ($"/incidents/{incident}/files/{file.Hash}", Prose.Join(file.Title, file.Description))
            : null;
    }

    private static async Task<IResult> FileAsync(
        HttpContext context,
        Visibility visibility,
        FileTable files,
        string id,
        string hash,
        CancellationToken cancel
    ) =>
        await visibility.FindAsync(context.Caller(), id, cancel) is { } incident
        && await files.FindAsync(incident.Number, hash, cancel) is { } file
            ? Results.Bytes(file.Content, file.MediaType)
            : ErrorPage.NotFound($"file of {id}");

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        Visibility visibility,
        TimelineReader timeline,
        RunTable runs,
        Definitions definitions,
        AlertTable alerts,
        OpenCalls calls,
        PostTable posts,
        AccessState access,
        IEnumerable<IChatCommand> commands,
        string id,
        CancellationToken cancel
    )
    {
        if (await visibility.FindAsync(context.Caller(), id, cancel) is not { } incident)
            return ErrorPage.NotFound("incident " + id);
        return new RazorComponentResult<IncidentPage>(
            new
            {
                Incident = incident,
                Story = await StoryAsync(timeline, incident.Number, cancel),
                Runs = await runs.ListAsync(new RunQuery(Incident: incident.Number, Limit: 50), cancel),
                Waiting = await WaitingAsync(runs, definitions, incident, context.Caller(), access.Current, cancel),
                Alerts = await alerts.ListAsync(new AlertQuery(Incident: incident.Number, Limit: 25), cancel),
                Calls = await calls.OfIncidentAsync(incident.Number, cancel),
                Posts = await posts.FailedOfAsync(incident.Number, cancel),
                Actions = IncidentActions.For(incident, context.Caller(), commands),
                MayRun = context.Caller().May(Role.Responder),
            }
        );
    }

    /// <summary>The newest lines, newest first.</summary>
    public static async Task<IReadOnlyList<TimelineEntry>> StoryAsync(TimelineReader timeline, int incident, CancellationToken cancel)
    {
        const int page = 1_000;
        var story = new Story(StoryLines);
        long after = 0;
        while (true)
        {
            var entries = await timeline.ReadAsync(incident, after, page, cancel);
            foreach (var entry in entries)
                story.Add(entry);
            if (entries.Count < page)
                return [.. story.Lines.OrderByDescending(entry => entry.HappenedAt).ThenByDescending(entry => entry.Position)];
            after = entries[^1].Position;
        }
    }

    public static async Task<IReadOnlyList<AskedStep>> WaitingAsync(
        RunTable runs,
        Definitions definitions,
        Incident incident,
        Caller caller,
        AccessBook book,
        CancellationToken cancel
    )
    {
        var waiting = new List<AskedStep>();
        foreach (var id in incident.OpenRuns.Order(StringComparer.Ordinal))
        {
            if (await runs.FindAsync(id, cancel) is not { IsOver: false } run)
                continue;
            var books = await definitions.FindAsync(run, cancel);
            waiting.AddRange(
                run.WaitingFor.Where(wait => wait.Wait.Kind is not WaitKind.Time)
                    .Select(wait => new AskedStep(run, wait.Step, wait.Wait, definitions.Whole.Asked(books, run, wait.Step))
                    {
                        Barred = DecisionRights.Refusal(wait.Wait, caller, book),
                        MayBreakGlass = caller.May(Role.Responder),
                    })
            );
        }

        return waiting;
    }
}

/// <summary>A step that people are asked about, with all that the question is about.</summary>
internal sealed record AskedStep(RunState Run, string Step, StepWait Wait, IReadOnlyList<WholeCall> Calls)
{
    /// <summary>Who decides it, where it is not who looks at it; null: they may.</summary>
    public string? Barred { get; init; }

    public bool MayBreakGlass { get; init; }
}
