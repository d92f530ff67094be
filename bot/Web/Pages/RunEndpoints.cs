using Bot.Access;
using Bot.Commands;
using Bot.Desk;
using Bot.Runs;
using Bot.Storage;
using Bot.Web.Api;
using Bot.Web.Chat;
using Bot.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Web.Pages;

/// <summary><c>/runs/{id}</c> and the decisions made there.</summary>
internal sealed class RunEndpoints : IPages
{
    private const int Lines = 1_000;

    public string Path => "/runs";

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/runs/{id}", ShowAsync);
        pages.MapGet("/runs/{id}/artifacts/{n}", DownloadAsync);
        pages.MapPost("/runs/{id}/decisions", DecideAsync).RequireAuthorization(Door.Responder);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        RunTable runs,
        IRunOutput output,
        Definitions definitions,
        ArtifactTable artifacts,
        Visibility visibility,
        AccessState access,
        string id,
        long? after,
        string? step,
        CancellationToken cancel
    )
    {
        if (await RunsApi.FindAsync(runs, visibility, context.Caller(), id, cancel) is not { } run)
            return ErrorPage.NotFound("run " + id);
        if (step is not null && !run.Steps.ContainsKey(step))
            return ErrorPage.NotFound($"step {step} of run {id}");
        var books = await definitions.FindAsync(run, cancel);
        var outline = RunOutline.Of(books?.Root, run).Where(line => step is null || line.Path == step).ToList();
        var lines = await output.ReadAsync(id, after ?? 0, Lines, cancel);
        return new RazorComponentResult<RunPage>(
            new
            {
                Run = run,
                Books = books,
                Asked = run.WaitingFor.ToDictionary(
                    waiting => waiting.Step,
                    waiting => definitions.Whole.Asked(books, run, waiting.Step),
                    StringComparer.Ordinal
                ),
                Calls = ShownResults.Calls(definitions.Whole, books, run, outline),
                Progress = RunProgress.Of(books?.Root, run),
                Outline = outline,
                Apart = ShownResults.Apart(outline),
                Only = step,
                Artifacts = ArtifactAnswer.Of(run, await artifacts.OfRunAsync(run, cancel)),
                Lines = lines,
                After = after ?? 0,
                More = lines.Count == Lines,
                MayDecide = context.Caller().May(Role.Responder),
                Barred = (Func<StepWait, string?>)(wait => DecisionRights.Refusal(wait, context.Caller(), access.Current)),
            }
        );
    }

    private static Task<IResult> DownloadAsync(
        HttpContext context,
        ArtifactDownload downloads,
        string id,
        string n,
        CancellationToken cancel
    ) => downloads.AnswerAsync(context, id, n, ErrorPage.NotFound, (title, why) => ErrorPage.Of(410, title, why), cancel);

    private static async Task<IResult> DecideAsync(
        HttpContext context,
        RunTable runs,
        IRunDesk desk,
        Definitions definitions,
        Visibility visibility,
        Flash flash,
        string id,
        CancellationToken cancel
    )
    {
        var caller = context.Caller();
        if (await RunsApi.FindAsync(runs, visibility, caller, id, cancel) is not { } run)
            return ErrorPage.NotFound("run " + id);
        var form = await context.Request.ReadFormAsync(cancel);
        if (RunsApi.Decision(form["decision"]) is not { } decision)
            return ErrorPage.Of(400, "No such decision", $"'{form["decision"]}' is none of the decisions.");
        var answers = form.Where(field => field.Key.StartsWith("answer.", StringComparison.Ordinal))
            .ToDictionary(field => field.Key["answer.".Length..], field => field.Value.ToString());
        var step = form["step"].ToString();
        var asked =
            decision is RunDecision.ChangeInputs ? RunQuestions.Of((await definitions.FindAsync(run, cancel))?.Root)
            : run.WaitAt(step) is { } wait ? RunQuestions.Of(wait)
            : [];
        var made = new DecisionMade(
            step,
            decision,
            "",
            // A page shows what it asks: from one that does not say what it showed nothing is taken for an answer.
            step.Length > 0
                ? form["hash"].ToString()
                : Given(form["hash"]),
            Given(form["reason"]),
            answers.Count > 0 ? RunQuestions.Read(asked, answers) : null,
            form["break-glass"] == "true"
        );
        var reply = await desk.DecideAsync(id, made, caller, null, cancel);
        flash.Put(context, new Said(reply.Accepted, reply.Text) { Link = reply.Link });
        return SayEndpoints.Back(form["return"], "/runs/" + id);
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
