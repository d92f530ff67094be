using System.Net;
using System.Runtime.Serialization;
using System.Text.Json;
using Octokit;
using Octokit.Internal;

namespace Integrations.GitHub;

/// <summary>
/// Octokit's JSON, but what is not in the form of what was asked for, of which Octokit makes nothing at all, or a thing with the number 0
/// and no name, is an answer that cannot be read: <see cref="GitHubFailures"/> has the words for it.
/// </summary>
internal sealed class GitHubJson : IJsonSerializer
{
    // What an action reads of each, and GitHub's description of its API says is always there. A dot leads into an object.
    private static readonly Dictionary<Type, string[]> Always = new()
    {
        [typeof(AccessToken)] = ["token", "expires_at"],
        [typeof(Branch)] = ["commit.sha"],
        [typeof(Commit)] = ["sha", "message", "tree.sha", "parents"],
        [typeof(Deployment)] = ["id", "sha", "environment"],
        [typeof(GitHubWorkflowDispatchAction.Dispatched)] = ["workflow_run_id", "html_url"],
        [typeof(Installation)] = ["id"],
        [typeof(Issue)] = ["number", "html_url"],
        [typeof(Merge)] = ["sha"],
        [typeof(PullRequest)] = ["number", "html_url", "title", "base.ref"],
        [typeof(PullRequestCommit)] = ["sha", "commit.message"],
        [typeof(Reference)] = ["ref", "object.sha"],
        [typeof(WorkflowRun)] = ["id", "status", "html_url", "head_sha", "event", "created_at"],
        [typeof(WorkflowRunsResponse)] = ["total_count", "workflow_runs"],
        // It is read of what is no success, and says as much as it says.
        [typeof(ApiError)] = [],
    };

    private readonly SimpleJsonSerializer octokit = new();

    public static ApiException Unreadable => new("The answer cannot be read.", HttpStatusCode.OK);

    public string Serialize(object item) => octokit.Serialize(item);

    public T Deserialize<T>(string json)
    {
        try
        {
            return IsWhole(json, typeof(T)) && octokit.Deserialize<T>(json) is { } answer ? answer : throw Unreadable;
        }
        catch (Exception fault)
            when (fault
                    is JsonException
                        or SerializationException
                        or InvalidCastException
                        or FormatException
                        or OverflowException
                        or ArgumentException
            )
        {
            throw Unreadable;
        }
    }

    private static bool IsWhole(string json, Type type)
    {
        using var answer = JsonDocument.Parse(json);
        if (!type.IsGenericType)
            return IsWhole(answer.RootElement, type);
        var of = type.GenericTypeArguments[0];
        // A page that is an object comes as a list of one from Octokit.
        return answer.RootElement.ValueKind is JsonValueKind.Array
            && (of != typeof(WorkflowRunsResponse) || answer.RootElement.GetArrayLength() > 0)
            && answer.RootElement.EnumerateArray().All(one => IsWhole(one, of));
    }

    private static bool IsWhole(JsonElement one, Type type)
    {
        if (!Always.TryGetValue(type, out var names))
            throw new InvalidOperationException($"What GitHub always says of a {type.Name} is missing in {nameof(Always)}.");
        return one.ValueKind is JsonValueKind.Object
            && Array.TrueForAll(names, name => Has(one, name.Split('.')))
            && (type != typeof(WorkflowRunsResponse) || AreRuns(one.GetProperty("workflow_runs")));
    }

    private static bool AreRuns(JsonElement runs) =>
        runs.ValueKind is JsonValueKind.Array && runs.EnumerateArray().All(run => IsWhole(run, typeof(WorkflowRun)));

    private static bool Has(JsonElement one, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (one.ValueKind is not JsonValueKind.Object || !one.TryGetProperty(name, out one))
                return false;
        }

        return one.ValueKind is not JsonValueKind.Null;
    }
}
