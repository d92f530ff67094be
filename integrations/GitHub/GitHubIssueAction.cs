using System.ComponentModel;
using System.Text.Json;
using Octokit;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.GitHub;

public sealed record GitHubIssueArguments(
    [Untainted] [RepositoryText] [Description("`owner/name`.")] string Repository,
    [Description("One line.")] string Title,
    [Description("Markdown.")] string Body = "",
    [Description("Names of labels.")] IReadOnlyList<string>? Labels = null,
    [Description("Names of users whose task it is.")] IReadOnlyList<string>? Assignees = null
);

public sealed record GitHubIssueResult([Description("The issue's number.")] int Number, [Description("Its page.")] string Url);

/// <summary><c>github/issue@1</c>.</summary>
internal sealed class GitHubIssueAction(GitHubAccess github) : IStepAction
{
    public string Name => "github/issue@1";

    public string Summary => "Opens an issue.";

    public Type Arguments => typeof(GitHubIssueArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(GitHubIssueResult),
            GitHubFailures.Acting,
            """
            uses: github/issue@1
            with: { repository: shop/web, title: "Alert on replica lag before it is too late", labels: [follow-up] }
            """
        );

    public bool ShowsArguments => true;

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) => $"open an issue in {with.TextOf("repository")}: {with.TextOf("title")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<GitHubIssueArguments>(ActionJson.Options)!;
        return github.AskAsync(
            call,
            arguments.Repository,
            async (client, name) =>
            {
                var wanted = new NewIssue(arguments.Title) { Body = arguments.Body };
                foreach (var label in arguments.Labels ?? [])
                    wanted.Labels.Add(label);
                foreach (var person in arguments.Assignees ?? [])
                    wanted.Assignees.Add(person);
                var issue = await client.Issue.Create(name.Owner, name.Name, wanted);
                call.Output($"#{issue.Number}: {issue.HtmlUrl}");
                return ActionResult.Success(new GitHubIssueResult(issue.Number, issue.HtmlUrl));
            },
            cancel
        );
    }
}
