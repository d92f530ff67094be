using System.ComponentModel;
using System.Text.Json;
using Octokit;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.GitHub;

public sealed record GitHubRevertPullRequestArguments(
    [Untainted] [RepositoryText] [Description("`owner/name`.")] string Repository,
    [Description("Number of the merged pull request that is taken back.")] int Number,
    [Description("Why; the first lines of the new pull request.")] string? Reason = null
);

public sealed record GitHubRevertPullRequestResult(
    [Description("Number of the pull request that takes it back.")] int Number,
    [Description("Its page.")] string Url,
    [Description("Its branch.")] string Branch
);

/// <summary><c>github/revert-pull-request@1</c>.</summary>
/// <remarks>
/// As <c>git revert</c>, made of GitHub's own merges: a commit on top of the merged one holds the tree from before it, and merging that
/// commit into today's branch takes back exactly what it changed. The branch is named after the run, so a repeat finds what is there.
/// </remarks>
internal sealed class GitHubRevertPullRequestAction(GitHubAccess github) : IStepAction
{
    public string Name => "github/revert-pull-request@1";

    public string Summary => "Opens a pull request that takes a merged one back.";

    public Type Arguments => typeof(GitHubRevertPullRequestArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(GitHubRevertPullRequestResult),
            [
                GitHubFailures.Reading[0],
                GitHubFailures.Reading[1],
                CallReach.OnlyLooked,
                new(FailureClass.Refused, "It is not merged, was merged by rebase, or later changes are in the way (409)."),
                new(
                    FailureClass.Unknown,
                    "No whole answer came in time. It may be done again: a repeat goes on where the last one stopped."
                ),
            ],
            """
            uses: github/revert-pull-request@1
            with: { repository: shop/web, number: 1347, reason: "Checkout fails since it was deployed." }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"open a pull request that reverts #{with.TextOf("number")} of {with.TextOf("repository")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<GitHubRevertPullRequestArguments>(ActionJson.Options)!;
        return github.AskAsync(call, arguments.Repository, (client, name) => RevertAsync(client, name, arguments, call), cancel);
    }

    private static async Task<ActionResult> RevertAsync(
        GitHubClient client,
        RepositoryName name,
        GitHubRevertPullRequestArguments arguments,
        ActionCall call
    )
    {
        var branch = $"revert-{arguments.Number}-{call.Run}";
        if (await OpenAsync(client, name, branch) is { } there)
            return Done(there, branch, call);
        var pull = await client.PullRequest.Get(name.Owner, name.Name, arguments.Number);
        if (!pull.Merged)
            return new ActionResult.Failed(FailureClass.Refused, $"#{arguments.Number} is not merged: there is nothing to take back");
        var merged = await client.Git.Commit.Get(name.Owner, name.Name, pull.MergeCommitSha);
        if (merged.Parents.Count == 1 && await IsRebasedAsync(client, name, pull, merged))
            return new ActionResult.Failed(
                FailureClass.Refused,
                $"#{arguments.Number} was merged by rebase, as {pull.Commits} commits of their own: revert them by hand"
            );
        await BranchAsync(client, name, pull, branch);
        call.Output($"branch {branch} made of {pull.Base.Ref}");
        await client.Repository.Merging.Create(
            name.Owner,
            name.Name,
            new NewMerge(branch, await InverseAsync(client, name, pull, merged))
            {
                CommitMessage = $"Revert \"{pull.Title}\" (#{pull.Number})",
            }
        );
        var opened = await client.PullRequest.Create(
            name.Owner,
            name.Name,
            new NewPullRequest($"Revert \"{pull.Title}\"", branch, pull.Base.Ref)
            {
                Body = $"{arguments.Reason}\n\nReverts {name}#{pull.Number}. Opened by runbook run {call.Run}.".TrimStart(),
            }
        );
        return Done(opened, branch, call);
    }

    private static async Task<PullRequest?> OpenAsync(GitHubClient client, RepositoryName name, string branch) =>
        (
            await client.PullRequest.GetAllForRepository(
                name.Owner,
                name.Name,
                new PullRequestRequest { Head = $"{name.Owner}:{branch}", State = ItemStateFilter.Open }
            )
        ).SingleOrDefault();

    // A rebase keeps the messages of the single commits; a squash makes one of its own.
    private static async Task<bool> IsRebasedAsync(GitHubClient client, RepositoryName name, PullRequest pull, Commit merged)
    {
        if (pull.Commits < 2)
            return false;
        var commits = await client.PullRequest.Commits(name.Owner, name.Name, pull.Number);
        return commits[^1].Commit.Message == merged.Message;
    }

    private static async Task BranchAsync(GitHubClient client, RepositoryName name, PullRequest pull, string branch)
    {
        var main = await client.Repository.Branch.Get(name.Owner, name.Name, pull.Base.Ref);
        try
        {
            await client.Git.Reference.Create(name.Owner, name.Name, new NewReference($"refs/heads/{branch}", main.Commit.Sha));
        }
        catch (ApiValidationException fault)
            when (fault.ApiError.Message?.Contains("already exists", StringComparison.OrdinalIgnoreCase) is true)
        {
            // An earlier attempt of this run made it.
        }
    }

    private static async Task<string> InverseAsync(GitHubClient client, RepositoryName name, PullRequest pull, Commit merged)
    {
        var before = await client.Git.Commit.Get(name.Owner, name.Name, merged.Parents[0].Sha);
        var inverse = await client.Git.Commit.Create(
            name.Owner,
            name.Name,
            new NewCommit($"Revert \"{pull.Title}\" (#{pull.Number})", before.Tree.Sha, merged.Sha)
        );
        return inverse.Sha;
    }

    private static ActionResult.Succeeded Done(PullRequest pull, string branch, ActionCall call)
    {
        call.Output($"#{pull.Number}: {pull.HtmlUrl}");
        return ActionResult.Success(new GitHubRevertPullRequestResult(pull.Number, pull.HtmlUrl, branch));
    }
}
