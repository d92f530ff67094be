using System.ComponentModel;
using System.Text.Json;
using Octokit;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.GitHub;

public sealed record GitHubWorkflowDispatchArguments(
    [Untainted] [RepositoryText] [Description("`owner/name`.")] string Repository,
    [Untainted] [Description("The file's name in `.github/workflows`, as `deploy.yml`, or the workflow's number.")] string Workflow,
    [Untainted] [Description("Branch or tag that it runs on.")] string Ref = "main",
    [Description("What the workflow asks for; at most 25.")] Dictionary<string, string>? Inputs = null
);

public sealed record GitHubWorkflowDispatchResult(
    [Description("The number of the run that it became; nothing on a GitHub Enterprise Server that does not tell.")] long? RunId,
    [Description("The run's page.")] string? Url
);

/// <summary><c>github/workflow-dispatch@1</c>.</summary>
internal sealed class GitHubWorkflowDispatchAction(GitHubAccess github) : IStepAction
{
    private const string Json = "application/vnd.github+json";
    private const string Details = "return_run_details";

    public string Name => "github/workflow-dispatch@1";

    public string Summary => "Starts a workflow of GitHub Actions. `github/workflow-wait@1` waits for its end.";

    public Type Arguments => typeof(GitHubWorkflowDispatchArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(GitHubWorkflowDispatchResult),
            GitHubFailures.Acting,
            """
            uses: github/workflow-dispatch@1
            with: { repository: shop/web, workflow: deploy.yml, ref: main, inputs: { version: "41" } }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) =>
        $"run workflow {with.TextOf("workflow")} of {with.TextOf("repository")} on {with.TextOf("ref") ?? "main"}"
        + (with.TextOf("inputs") is { } inputs ? $" with {inputs}" : "");

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<GitHubWorkflowDispatchArguments>(ActionJson.Options)!;
        return github.AskAsync(call, arguments.Repository, (client, name) => DispatchAsync(client, name, arguments, call), cancel);
    }

    // Octokit's own method does not ask which run it becomes, and without that nobody can wait for it.
    private static async Task<ActionResult> DispatchAsync(
        GitHubClient client,
        RepositoryName name,
        GitHubWorkflowDispatchArguments arguments,
        ActionCall call
    )
    {
        var to = new Uri($"repos/{name}/actions/workflows/{Uri.EscapeDataString(arguments.Workflow)}/dispatches", UriKind.Relative);
        var body = new Dictionary<string, object>
        {
            ["ref"] = arguments.Ref,
            ["inputs"] = arguments.Inputs ?? [],
            [Details] = true,
        };
        IApiResponse<Dispatched> answer;
        try
        {
            answer = await client.Connection.Post<Dispatched>(to, body, Json, "application/json");
        }
        // A GitHub Enterprise Server that does not know the wish refuses the whole, and has started nothing.
        catch (ApiValidationException fault) when (fault.Message.Contains(Details, StringComparison.Ordinal))
        {
            body.Remove(Details);
            answer = await client.Connection.Post<Dispatched>(to, body, Json, "application/json");
        }

        if (answer.Body is not { WorkflowRunId: > 0 } run)
        {
            call.Output("started; this server does not say which run it became");
            return ActionResult.Success(new GitHubWorkflowDispatchResult(null, null));
        }

        call.Output($"run {run.WorkflowRunId}: {run.HtmlUrl}");
        return ActionResult.Success(new GitHubWorkflowDispatchResult(run.WorkflowRunId, run.HtmlUrl));
    }

    /// <summary>Octokit fills it by the names of its properties.</summary>
    public sealed class Dispatched
    {
        public long WorkflowRunId { get; set; }

        public string? HtmlUrl { get; set; }
    }
}
