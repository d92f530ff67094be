using System.ComponentModel;
using System.Text.Json;
using Octokit;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.GitHub;

public sealed record GitHubWorkflowRunsArguments(
    [RepositoryText] [Description("`owner/name`.")] string Repository,
    [Description("The file's name in `.github/workflows`, or the workflow's number.")] string Workflow,
    [Description("Only runs on this branch.")] string? Branch = null,
    [Description("Only runs that this started: `workflow_dispatch` for a dispatch.")] string? Event = null,
    [Description("Only runs that this login started.")] string? Actor = null,
    [Description("What a run has to be called to be the one of `titled`, in capitals or not.")] string? Title = null
);

public sealed record GitHubWorkflowRunsResult(
    [Description("The number of the newest run; 0 without one. It grows with each run.")] long Newest,
    [Description("The number of the newest that has the `title`; 0 without one.")] long Titled,
    [Description("The newest first, at most 30.")] IReadOnlyList<GitHubWorkflowRunResult> Runs
);

/// <summary><c>github/workflow-runs@1</c>.</summary>
internal sealed class GitHubWorkflowRunsAction(GitHubAccess github) : IStepAction
{
    private const int Most = 30;

    public string Name => "github/workflow-runs@1";

    public string Summary =>
        "Lists the newest runs of a workflow. As `before` and `check` of a dispatch it tells whether a lost one started a run.";

    public Type Arguments => typeof(GitHubWorkflowRunsArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(GitHubWorkflowRunsResult),
            GitHubFailures.Reading,
            """
            uses: github/workflow-runs@1
            with: { repository: shop/web, workflow: deploy.yml }
            """,
            """
            # The workflow says: run-name: Deploy ${{ inputs.version }}
            uses: github/workflow-dispatch@1
            with: { repository: shop/web, workflow: deploy.yml, inputs: { version: "41" } }
            before: { uses: github/workflow-runs@1, with: { repository: shop/web, workflow: deploy.yml, event: workflow_dispatch, title: Deploy 41 } }
            check:
              uses: github/workflow-runs@1
              with: { repository: shop/web, workflow: deploy.yml, event: workflow_dispatch, title: Deploy 41 }
              settle: 20s
              done-when: result.titled > before.titled
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"list the runs of {with.TextOf("workflow")} of {with.TextOf("repository")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<GitHubWorkflowRunsArguments>(ActionJson.Options)!;
        return github.AskAsync(
            call,
            arguments.Repository,
            async (client, name) =>
            {
                var found = await client.Actions.Workflows.Runs.ListByWorkflow(
                    name.Owner,
                    name.Name,
                    arguments.Workflow,
                    new WorkflowRunsRequest
                    {
                        Branch = arguments.Branch,
                        Event = arguments.Event,
                        Actor = arguments.Actor,
                    },
                    new ApiOptions { PageCount = 1, PageSize = Most }
                );
                var runs = found.WorkflowRuns.Select(GitHubWorkflowRunResult.Of).ToList();
                var titled = runs.Where(run => run.Title.Equals(arguments.Title, StringComparison.OrdinalIgnoreCase));
                return ActionResult.Success(new GitHubWorkflowRunsResult(Newest(runs), Newest(titled), runs));
            },
            cancel
        );
    }

    private static long Newest(IEnumerable<GitHubWorkflowRunResult> runs) => runs.Select(run => run.RunId).DefaultIfEmpty().Max();
}
