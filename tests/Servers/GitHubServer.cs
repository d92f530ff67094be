using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// A GitHub for the operations that the bot uses. Requests are judged by GitHub's own OpenAPI description, answers are its examples
/// with this server's state in them, and commits, branches and merges are real git's.
/// </summary>
internal sealed class GitHubServer : IAsyncDisposable
{
    public const string Repository = "shop/web";
    public const string Token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    private static readonly ApiDescription Description = new("github/operations.json");
    private readonly WebApplication app;
    private readonly List<JsonNode> pulls = [];
    private readonly ConcurrentDictionary<long, WorkflowRun> runs = [];

    private GitHubServer(WebApplication app, string folder)
    {
        this.app = app;
        Git = new GitRepository(folder);
    }

    public Uri Address => new(app.Urls.First());

    public GitRepository Git { get; }

    /// <summary>Methods and paths that were asked for, with the body.</summary>
    public ConcurrentQueue<(string Operation, JsonNode? Body)> Requests { get; } = [];

    /// <summary>What GitHub's description says against requests that came.</summary>
    public ConcurrentQueue<string> Objections { get; } = [];

    /// <summary>What a run goes through: one more with each look at it, the last one for good.</summary>
    public (string Status, string? Conclusion)[] Course { get; set; } = [("queued", null), ("in_progress", null), ("completed", "success")];

    /// <summary>A server that knows no <c>return_run_details</c>, and refuses whoever sends it, as GitHub Enterprise Server 3.19.</summary>
    public bool IsOld { get; set; }

    /// <summary>Answers the next acting request with this status, in place of doing it.</summary>
    public (int Status, JsonNode Body)? Refuses { get; set; }

    /// <summary>The status of each look at a run, in turn; 200: as it is.</summary>
    public Queue<int> Loses { get; } = [];

    /// <summary>Says no to an app, with its proof.</summary>
    public bool RepeatsProof { get; set; }

    /// <summary>The proof of an app, for which a token is given.</summary>
    public string? AppProof { get; private set; }

    /// <summary>Of an app's token.</summary>
    public TimeSpan TokenLives { get; set; } = TimeSpan.FromHours(1);

    public static async Task<GitHubServer> StartAsync(string folder)
    {
        var server = new GitHubServer(Loopback.Web().Build(), folder);
        server.app.Run(server.TakeAsync);
        await server.app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>A pull request that became this commit of main.</summary>
    public void AddMerged(int number, string title, string commit, params string[] messages)
    {
        var pull = Description.Find("get", $"/repos/{Repository}/pulls/1")!.Answer()!;
        (pull["number"], pull["title"], pull["merged"], pull["state"]) = (number, title, true, "closed");
        (pull["merge_commit_sha"], pull["commits"], pull["base"]!["ref"]) = (commit, messages.Length, "main");
        pull["messages"] = new JsonArray([.. messages.Select(message => (JsonNode)message)]);
        pulls.Add(pull);
    }

    private async Task TakeAsync(HttpContext context)
    {
        var request = context.Request;
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync();
        var body = text.Length > 0 ? JsonNode.Parse(text) : null;
        Requests.Enqueue(($"{request.Method} {request.Path}", body));
        if (Description.Find(request.Method, request.Path) is not { } operation)
        {
            Objections.Enqueue($"{request.Method} {request.Path}: no such operation");
            await SayAsync(context, 404, Message("Not Found"));
            return;
        }

        var problems = operation.Problems(request, text).ToList();
        foreach (var problem in problems)
            Objections.Enqueue($"{request.Method} {operation.Template}: {problem}");
        var (status, answer) =
            !Authenticated(request, operation) ? (401, Message("Bad credentials"))
            : problems.Count > 0 ? (422, Message(string.Join("; ", problems)))
            : RepeatsProof ? (422, Message(request.Headers.Authorization.ToString()["Bearer ".Length..]))
            : Refuses is { } refusal && request.Method is "POST" && !operation.Template.StartsWith("/app/", StringComparison.Ordinal)
                ? refusal
            : Answer(operation, request, body);
        if (status is 429)
            context.Response.Headers.RetryAfter = "1";
        await SayAsync(context, status, answer);
    }

    private (int, JsonNode?) Answer(ApiDescription.Operation operation, HttpRequest request, JsonNode? body)
    {
        var answer = operation.Answer()!;
        switch (operation.Template.Replace("/repos/{owner}/{repo}", "", StringComparison.Ordinal), request.Method)
        {
            case ("/actions/workflows/{workflow_id}/dispatches", _):
                if (IsOld && body!["return_run_details"] is not null)
                    return (422, new JsonObject { ["message"] = "Invalid request.\n\n\"return_run_details\" is not a permitted key." });
                var run = 1000L + runs.Count;
                runs[run] = new(body!["ref"]!.GetValue<string>(), $"Deploy {body["inputs"]?["version"]}", new(Course));
                if (IsOld)
                    return (204, null);
                answer["workflow_run_id"] = run;
                break;
            case ("/actions/workflows/{workflow_id}/runs", _):
                var example = answer["workflow_runs"]![0]!;
                answer["workflow_runs"] = new JsonArray([
                    .. runs
                        .Keys.OrderDescending()
                        .Select(id => Run(example.DeepClone(), id))
                        .Where(one => request.Query["event"] is not [{ } wanted] || one["event"]!.GetValue<string>() == wanted),
                ]);
                break;
            case ("/actions/runs/{run_id}", _) when Loses.TryDequeue(out var lost) && lost is not 200:
                return (lost, Message("No server is currently available to service your request."));
            case ("/actions/runs/{run_id}", _):
                return (200, Run(answer, long.Parse(request.Path.Value!.Split('/')[^1])));
            case ("/git/commits/{commit_sha}", _):
                Describe(answer, request.Path.Value!.Split('/')[^1]);
                break;
            case ("/git/commits", _):
                var parents = body!["parents"]!.AsArray().Select(one => one!.GetValue<string>());
                Describe(answer, Git.CommitTree(body["tree"]!.GetValue<string>(), body["message"]!.GetValue<string>(), parents));
                break;
            case ("/branches/{branch}", _):
                answer["commit"]!["sha"] = Git.Run("rev-parse", "refs/heads/" + request.Path.Value!.Split('/')[^1]);
                break;
            case ("/git/refs", _):
                var made = body!["ref"]!.GetValue<string>();
                if (Git.TryRun("rev-parse", "--verify", made).Code == 0)
                    return (422, Message("Reference already exists"));
                Git.Run("update-ref", made, body["sha"]!.GetValue<string>());
                break;
            case ("/merges", _):
                return Merge(answer, body!);
            case ("/pulls", "GET"):
                var head = request.Query["head"].ToString().Split(':')[^1];
                var open = pulls.Where(pull =>
                    pull["head"]!["ref"]!.GetValue<string>() == head && pull["state"]!.GetValue<string>() is "open"
                );
                return (200, new JsonArray([.. open.Select(pull => pull.DeepClone())]));
            case ("/pulls", _):
                (answer["number"], answer["title"], answer["state"]) = (2000 + pulls.Count, body!["title"]!.DeepClone(), "open");
                (answer["head"]!["ref"], answer["base"]!["ref"]) = (body["head"]!.DeepClone(), body["base"]!.DeepClone());
                pulls.Add(answer.DeepClone());
                break;
            case ("/pulls/{pull_number}", _):
                return Pull(request) is { } pull ? (200, pull.DeepClone()) : (404, Message("Not Found"));
            case ("/pulls/{pull_number}/commits", _):
                var commits = Pull(request)!["messages"]!
                    .AsArray()
                    .Select(message =>
                    {
                        var one = answer[0]!.DeepClone();
                        one["commit"]!["message"] = message!.DeepClone();
                        return one;
                    });
                return (200, new JsonArray([.. commits]));
            case ("/app/installations/{installation_id}/access_tokens", _):
                AppProof = request.Headers.Authorization.ToString()["Bearer ".Length..];
                (answer["token"], answer["expires_at"]) = (Token, (TimeProvider.System.GetUtcNow() + TokenLives).ToString("O"));
                break;
        }

        return (operation.Status, answer);
    }

    private JsonNode? Pull(HttpRequest request)
    {
        var number = int.Parse(request.Path.Value!.Split('/')[5]);
        return pulls.Find(pull => pull["number"]!.GetValue<int>() == number);
    }

    private JsonNode Run(JsonNode run, long id)
    {
        var (branch, title, course) = runs[id];
        var (status, conclusion) = course.Count > 1 ? course.Dequeue() : course.Peek();
        (run["id"], run["status"], run["conclusion"]) = (id, status, conclusion);
        (run["event"], run["head_branch"], run["display_title"]) = ("workflow_dispatch", branch, title);
        return run;
    }

    private void Describe(JsonNode answer, string commit)
    {
        answer["sha"] = commit;
        answer["message"] = Git.Run("show", "-s", "--format=%B", commit);
        answer["tree"]!["sha"] = Git.TreeOf(commit);
        var parents = Git.Run("show", "-s", "--format=%P", commit).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        answer["parents"] = new JsonArray([
            .. parents.Select(parent => (JsonNode)new JsonObject { ["sha"] = parent, ["url"] = "http://x" }),
        ]);
    }

    private (int, JsonNode?) Merge(JsonNode answer, JsonNode body)
    {
        var (into, head) = (body["base"]!.GetValue<string>(), body["head"]!.GetValue<string>());
        var tip = Git.Run("rev-parse", into);
        if (Git.TryRun("merge-base", "--is-ancestor", head, tip).Code == 0)
            return (204, null);
        var (code, written) = Git.TryRun("merge-tree", "--write-tree", tip, head);
        if (code != 0)
            return (409, Message("Merge conflict"));
        answer["sha"] = Git.CommitTree(written.Split('\n')[0], body["commit_message"]!.GetValue<string>(), tip, head);
        Git.Run("update-ref", $"refs/heads/{into}", answer["sha"]!.GetValue<string>());
        return (201, answer);
    }

    private static bool Authenticated(HttpRequest request, ApiDescription.Operation operation) =>
        operation.Template is "/repos/{owner}/{repo}/installation" || operation.Template.StartsWith("/app/", StringComparison.Ordinal)
            ? request.Headers.Authorization.ToString().StartsWith("Bearer ey", StringComparison.Ordinal)
            : request.Headers.Authorization.ToString().EndsWith(" " + Token, StringComparison.Ordinal);

    private sealed record WorkflowRun(string Branch, string Title, Queue<(string Status, string? Conclusion)> Course);

    private static JsonObject Message(string text) => new() { ["message"] = text, ["documentation_url"] = "https://docs.github.com/rest" };

    private static async Task SayAsync(HttpContext context, int status, JsonNode? body)
    {
        context.Response.StatusCode = status;
        if (body is null)
            return;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(body.ToJsonString());
    }
}
