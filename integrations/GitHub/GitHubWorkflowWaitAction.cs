using System.ComponentModel;
using System.Text.Json;
using Octokit;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.GitHub;

public sealed record GitHubWorkflowWaitArguments(
    [RepositoryText] [Description("`owner/name`.")] string Repository,
    [Description("The run's number, as `github/workflow-dispatch@1` gave it.")] long RunId,
    [DurationText(Least = "1s")] [Description("How often it is looked at; at least 1s.")] string Every = "10s"
);

public sealed record GitHubWorkflowRunResult(
    [Description("The run's number.")] long RunId,
    [Description("`queued`, `in_progress`, `completed`, or another word of GitHub's.")] string Status,
    [Description("Of a completed run: `success`, `failure`, `cancelled`, `timed_out` and others.")] string? Conclusion,
    [Description("The run's page.")] string Url,
    [Description("What it is called: as the workflow's `run-name` says; without one a dispatch is called as the workflow.")] string Title,
    [Description("What started it: `workflow_dispatch`, `push` or another word of GitHub's.")] string Event,
    [Description("The login of who started it; nothing where it is gone.")] string? Actor,
    [Description("When it was made.")] DateTimeOffset CreatedAt,
    [Description("The branch or tag that it runs on.")] string? Branch,
    [Description("The commit that it runs on.")] string Commit
)
{
    internal static GitHubWorkflowRunResult Of(WorkflowRun run) =>
        new(
            run.Id,
            run.Status.StringValue,
            run.Conclusion?.StringValue,
            run.HtmlUrl,
            run.DisplayTitle ?? run.Name,
            run.Event,
            run.Actor?.Login,
            run.CreatedAt,
            run.HeadBranch,
            run.HeadSha
        );
}

/// <summary><c>github/workflow-wait@1</c>.</summary>
internal sealed class GitHubWorkflowWaitAction(GitHubAccess github) : IStepAction
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public string Name => "github/workflow-wait@1";

    public string Summary =>
        "Waits until a run of GitHub Actions has ended, also while GitHub cannot be asked for a while; the step's `timeout` bounds it.";

    public Type Arguments => typeof(GitHubWorkflowWaitArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(GitHubWorkflowRunResult),
            [
                GitHubFailures.Reading[0],
                new(FailureClass.Refused, "GitHub says no: no such run, no right to it, or the repository was renamed."),
                GitHubFailures.Reading[2],
                new(FailureClass.Refused, "The run ended with another conclusion than `success`."),
                CallWait.InVain,
            ],
            """
            uses: github/workflow-wait@1
            with: { repository: shop/web, run-id: 30433642 }
            timeout: 20m
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"wait for run {with.TextOf("run-id")} of {with.TextOf("repository")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<GitHubWorkflowWaitArguments>(ActionJson.Options)!;
        if (!Duration.TryParse(arguments.Every, out var every) || every < Shortest)
            return new ActionResult.Failed(FailureClass.NotSent, $"'every' is '{arguments.Every}'. {Duration.Fix} At least 1s.");
        GitHubWorkflowRunResult? last = null;
        while (true)
        {
            GitHubWorkflowRunResult? run = null;
            TimeSpan? pause = null;
            // Each look by itself: an app's token ends sooner than some runs.
            var looked = await github.AskAsync(
                call,
                arguments.Repository,
                async (client, name) =>
                {
                    run = GitHubWorkflowRunResult.Of(await client.Actions.Workflows.Runs.Get(name.Owner, name.Name, arguments.RunId));
                    return run.Status is "completed" ? Ended(run) : ActionResult.Success(run);
                },
                cancel,
                passes: wait => pause = wait
            );
            if (run is not null && run.Status != last?.Status)
                call.Output(run.Status);
            if (run is { Status: not "completed" })
            {
                last = run;
                call.Waits.For($"the run is {run.Status}: {run.Url}");
            }
            else if (run is null && looked is ActionResult.Failed fault && (pause is not null || (last is not null && IsOfTheWay(fault))))
            {
                cancel.ThrowIfCancellationRequested();
                call.Output($"it is looked at again: {fault.Because}");
                if (last is not null)
                    call.Waits.For($"the run was {last.Status} when it was last seen: {last.Url}; since then: {fault.Because}");
            }
            else
            {
                return looked;
            }

            await Task.Delay(pause > every ? pause.Value : every, github.Time, cancel);
        }
    }

    // The way to GitHub is broken for a while, of which the run knows nothing.
    private static bool IsOfTheWay(ActionResult.Failed fault) =>
        fault.Code is null && fault.Class is FailureClass.NotSent or FailureClass.Unknown;

    private static ActionResult Ended(GitHubWorkflowRunResult run) =>
        run.Conclusion is "success"
            ? ActionResult.Success(run)
            : new ActionResult.Failed(
                FailureClass.Refused,
                $"the run ended with {run.Conclusion}: {run.Url}",
                JsonSerializer.SerializeToElement(run, ActionJson.Options)
            );
}
