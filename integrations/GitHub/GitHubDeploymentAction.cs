using System.ComponentModel;
using System.Text.Json;
using Octokit;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.GitHub;

public sealed record GitHubDeploymentArguments(
    [Untainted] [RepositoryText] [Description("`owner/name`.")] string Repository,
    [Untainted] [Description("Branch, tag or commit that is deployed.")] string Ref,
    [Description("Where to.")] string Environment = "production",
    [Description("What is to be done, as the deployer understands it.")] string Task = "deploy",
    [Description("Why; shown at the deployment.")] string? Description = null,
    [Description("Whether the commit's checks must have passed. A rollback in an incident seldom waits for them.")]
        bool RequireChecks = false
);

public sealed record GitHubDeploymentResult(
    [Description("The deployment's number.")] long Id,
    [Description("The commit that is deployed.")] string Sha,
    [Description("Where to.")] string Environment
);

/// <summary><c>github/deployment@1</c>.</summary>
internal sealed class GitHubDeploymentAction(GitHubAccess github) : IStepAction
{
    public string Name => "github/deployment@1";

    public string Summary => "Asks for a deployment; whoever listens for deployments of the repository carries it out.";

    public Type Arguments => typeof(GitHubDeploymentArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(GitHubDeploymentResult),
            [.. GitHubFailures.Acting, new(FailureClass.Refused, "Checks have not passed, or the commit conflicts (409).")],
            """
            uses: github/deployment@1
            with: { repository: shop/web, ref: v41, environment: production, description: "Back to 41" }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) =>
        $"{with.TextOf("task") ?? "deploy"} {with.TextOf("repository")} at {with.TextOf("ref")} to {with.TextOf("environment") ?? "production"}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<GitHubDeploymentArguments>(ActionJson.Options)!;
        return github.AskAsync(
            call,
            arguments.Repository,
            async (client, name) =>
            {
                var made = await client.Repository.Deployment.Create(
                    name.Owner,
                    name.Name,
                    new NewDeployment(arguments.Ref)
                    {
                        // Else GitHub may merge the default branch into it, and deploy what nobody asked for.
                        AutoMerge = false,
                        RequiredContexts = arguments.RequireChecks ? null : [],
                        Environment = arguments.Environment,
                        Task = arguments.Task,
                        Description = arguments.Description,
                        Payload = new Dictionary<string, string> { ["run"] = call.Run, ["step"] = call.Step },
                    }
                );
                call.Output($"deployment {made.Id} of {made.Sha}");
                return ActionResult.Success(new GitHubDeploymentResult(made.Id, made.Sha, made.Environment));
            },
            cancel
        );
    }
}
