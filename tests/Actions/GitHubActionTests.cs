using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integrations.GitHub;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>The actions for GitHub, through Octokit, on a server whose judge is GitHub's own OpenAPI description.</summary>
public sealed class GitHubActionTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-github-");
    private GitHubServer server = null!;
    private GitHubAccess github = null!;

    public async Task InitializeAsync()
    {
        server = await GitHubServer.StartAsync(folder.FullName + "/web.git");
        github = Access(new GitHubOptions { Token = GitHubServer.Token, ApiUrl = server.Address });
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_workflow_is_started_and_waited_for()
    {
        var started = await Called.SucceedsAsync(
            new GitHubWorkflowDispatchAction(github),
            new
            {
                repository = GitHubServer.Repository,
                workflow = "deploy.yml",
                inputs = new { version = "41" },
            }
        );
        var run = started.GetProperty("run-id").GetInt64();
        var ended = await Called.SucceedsAsync(
            new GitHubWorkflowWaitAction(github),
            new
            {
                repository = GitHubServer.Repository,
                runId = run,
                every = "1s",
            }
        );

        ended.GetProperty("conclusion").GetString().ShouldBe("success");
        Sent("POST /repos/shop/web/actions/workflows/deploy.yml/dispatches")
            .ToJsonString()
            .ShouldBe("""{"ref":"main","inputs":{"version":"41"},"return_run_details":true}""");
        server.Requests.Count.ShouldBe(4, "the dispatch, and a look at each state");
        server.Objections.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_fails_fails_the_step_with_its_page()
    {
        server.Course = [("completed", "failure")];
        var run = (await DispatchAsync()).GetProperty("run-id").GetInt64();

        var failed = await Called.FailsAsync(
            new GitHubWorkflowWaitAction(github),
            new { repository = GitHubServer.Repository, runId = run },
            FailureClass.Refused
        );

        failed.Because.ShouldContain("ended with failure: https://github.com/");
        failed.Result!.Value.GetProperty("run-id").GetInt64().ShouldBe(run);
    }

    [Fact]
    public async Task While_GitHub_cannot_be_asked_a_run_is_waited_for()
    {
        foreach (var status in (ReadOnlySpan<int>)[500, 200, 503, 429, 502])
            server.Loses.Enqueue(status);
        var run = (await DispatchAsync()).GetProperty("run-id").GetInt64();
        var lines = new List<string>();

        var ended = (
            await Called.RunAsync(
                new GitHubWorkflowWaitAction(github),
                new
                {
                    repository = GitHubServer.Repository,
                    runId = run,
                    every = "1s",
                },
                output: lines.Add
            )
        ).ShouldBeOfType<ActionResult.Succeeded>();

        ended.Result.GetProperty("conclusion").GetString().ShouldBe("success");
        lines
            .RemoveAll(line => line.StartsWith("it is looked at again: GitHub takes no more requests until ", StringComparison.Ordinal))
            .ShouldBe(1);
        lines.ShouldBe([
            "it is looked at again: GitHub's answer was 500: No server is currently available to service your request.",
            "queued",
            "it is looked at again: GitHub's answer was 503: No server is currently available to service your request.",
            "it is looked at again: GitHub's answer was 502: No server is currently available to service your request.",
            "in_progress",
            "completed",
        ]);
    }

    [Fact]
    public async Task A_run_that_is_gone_is_not_waited_for()
    {
        server.Loses.Enqueue(200);
        server.Loses.Enqueue(404);
        var run = (await DispatchAsync()).GetProperty("run-id").GetInt64();

        var failed = await Called.FailsAsync(
            new GitHubWorkflowWaitAction(github),
            new
            {
                repository = GitHubServer.Repository,
                runId = run,
                every = "1s",
            },
            FailureClass.Refused
        );

        (failed.Code, failed.TimeOver).ShouldBe((404, false));
    }

    [Fact]
    public async Task A_run_that_is_not_over_in_time_says_how_it_is()
    {
        server.Course = [("in_progress", null)];
        var run = (await DispatchAsync()).GetProperty("run-id").GetInt64();
        using var end = new CancellationTokenSource();

        var failed = (
            await Called.RunAsync(
                new GitHubWorkflowWaitAction(github),
                new { repository = GitHubServer.Repository, runId = run },
                output: _ => end.Cancel(),
                timeOver: end.Token
            )
        ).ShouldBeOfType<ActionResult.Failed>();

        (failed.Class, failed.TimeOver).ShouldBe((FailureClass.Refused, true));
        failed.Because.ShouldStartWith("within 1m it was not done: the run is in_progress: https://github.com/");
    }

    [Theory]
    [InlineData(403)]
    [InlineData(429)]
    public async Task A_limit_that_says_how_long_it_lasts_is_told_with_its_end(int status)
    {
        const string said = """{"message":"You have exceeded a secondary rate limit."}""";
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 {status} Later\nRetry-After: 3600\nContent-Type: application/json\nContent-Length: {said.Length}\n\n{said}"
        );
        var access = Access(new GitHubOptions { Token = GitHubServer.Token, ApiUrl = new Uri($"http://127.0.0.1:{target.Port}/") });
        var about = TimeProvider.System.GetUtcNow().AddMinutes(61);

        var failed = await Called.FailsAsync(
            new GitHubWorkflowRunsAction(access),
            new { repository = GitHubServer.Repository, workflow = "deploy.yml" },
            FailureClass.Refused
        );

        new[] { -1, 0, 1 }
            .Select(more => $"GitHub takes no more requests until {about.AddMinutes(more):HH:mm} UTC: too many came at once")
            .ShouldContain(failed.Because);
    }

    [Theory]
    [InlineData(
        "http://127.0.0.1:1/repositories/7/x?token=planted",
        "http://127.0.0.1:1/repositories/7/x: the repository was renamed or moved"
    )]
    [InlineData("/repositories/7?token=planted#planted", "/repositories/7: the repository was renamed or moved")]
    [InlineData("https://anna:planted@sso.example.com/sign-in?state=planted", "https://sso.example.com/sign-in: that is another host")]
    public async Task A_redirect_is_told_without_what_may_be_a_token_and_is_a_move_only_on_the_same_host(string location, string told)
    {
        await using var target = TcpTarget.Answering($"HTTP/1.1 302 There\nLocation: {location}\nContent-Length: 0\n\n");
        var access = Access(new GitHubOptions { Token = GitHubServer.Token, ApiUrl = new Uri($"http://127.0.0.1:{target.Port}/") });

        var failed = await Called.FailsAsync(
            new GitHubWorkflowRunsAction(access),
            new { repository = GitHubServer.Repository, workflow = "deploy.yml" },
            FailureClass.Refused
        );

        failed.Because.ShouldStartWith("GitHub redirects to ");
        failed.Because.ShouldContain(told);
        failed.Because.ShouldNotContain("planted");
    }

    [Fact]
    public async Task The_newest_run_tells_whether_a_lost_dispatch_started_one()
    {
        var before = await RunsAsync("Deploy 41", "workflow_dispatch");
        var run = (await DispatchAsync()).GetProperty("run-id").GetInt64();
        var now = await RunsAsync("deploy 41", "workflow_dispatch");

        before.ToString().ShouldBe("""{"newest":0,"titled":0,"runs":[]}""");
        (Number(now, "newest"), Number(now, "titled")).ShouldBe((run, run));
        now.GetProperty("runs")[0]
            .ToString()
            .ShouldContain(
                """
                "title":"Deploy 41","event":"workflow_dispatch","actor":"octocat","created-at":"2020-01-22T19:33:08+00:00","branch":"main","commit":"acb58
                """
            );
        Number(await RunsAsync("Deploy 42", null), "titled").ShouldBe(0);
        Number(await RunsAsync("Deploy 41", "push"), "newest").ShouldBe(0);
        server.Objections.ShouldBeEmpty();

        static long Number(JsonElement result, string name) => result.GetProperty(name).GetInt64();

        Task<JsonElement> RunsAsync(string title, string? startedBy) =>
            Called.SucceedsAsync(
                new GitHubWorkflowRunsAction(github),
                new
                {
                    repository = GitHubServer.Repository,
                    workflow = "deploy.yml",
                    @event = startedBy,
                    title,
                }
            );
    }

    [Fact]
    public async Task A_server_that_does_not_say_which_run_it_became_is_no_failure()
    {
        server.IsOld = true;

        (await DispatchAsync()).GetProperty("run-id").ValueKind.ShouldBe(JsonValueKind.Null);

        server
            .Requests.Select(request => request.Body?.ToJsonString())
            .ShouldBe([
                """{"ref":"main","inputs":{"version":"41"},"return_run_details":true}""",
                """{"ref":"main","inputs":{"version":"41"}}""",
            ]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_merged_pull_request_is_taken_back_and_what_came_later_stays(bool squashed)
    {
        var git = server.Git;
        var first = git.Commit("First", [("shop.txt", "price 1\n"), ("other.txt", "a\n")]);
        var change = git.Commit("Raise the price", [("shop.txt", "price 2\n"), ("other.txt", "a\n")], first);
        var merged = squashed
            ? git.Commit("Raise the price (#7)", [("shop.txt", "price 2\n"), ("other.txt", "a\n")], first)
            : git.CommitTree(git.TreeOf(change), "Merge pull request #7", first, change);
        git.Run("update-ref", "refs/heads/main", git.Commit("Later", [("shop.txt", "price 2\n"), ("other.txt", "b\n")], merged));
        server.AddMerged(7, "Raise the price", merged, "Raise the price", "Fix a typo");

        var with = new
        {
            repository = GitHubServer.Repository,
            number = 7,
            reason = "Checkout fails.",
        };
        var opened = await Called.SucceedsAsync(new GitHubRevertPullRequestAction(github), with);
        var again = await Called.SucceedsAsync(new GitHubRevertPullRequestAction(github), with);

        var branch = opened.GetProperty("branch").GetString()!;
        git.Show(branch, "shop.txt").ShouldBe("price 1");
        git.Show(branch, "other.txt").ShouldBe("b");
        git.Show("main", "shop.txt").ShouldBe("price 2", "main waits for the pull request");
        again.ToString().ShouldBe(opened.ToString(), "a repeat finds what is there");
        Sent("POST /repos/shop/web/pulls")["body"]!.GetValue<string>().ShouldStartWith("Checkout fails.\n\nReverts shop/web#7.");
        server.Objections.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repeat_goes_on_where_a_lost_attempt_stopped()
    {
        var git = server.Git;
        var first = git.Commit("First", [("shop.txt", "price 1\n")]);
        var merged = git.Commit("Raise the price (#7)", [("shop.txt", "price 2\n")], first);
        git.Run("update-ref", "refs/heads/main", merged);
        git.Run("update-ref", "refs/heads/revert-7-run-1", merged);
        server.AddMerged(7, "Raise the price", merged, "Raise the price");

        await Called.SucceedsAsync(new GitHubRevertPullRequestAction(github), new { repository = GitHubServer.Repository, number = 7 });

        git.Show("revert-7-run-1", "shop.txt").ShouldBe("price 1");
    }

    [Fact]
    public async Task Later_changes_in_the_way_a_rebase_and_what_is_not_merged_are_refused_in_words()
    {
        var git = server.Git;
        var first = git.Commit("First", [("shop.txt", "price 1\n")]);
        var merged = git.Commit("Fix a typo", [("shop.txt", "price 2\n")], first);
        git.Run("update-ref", "refs/heads/main", git.Commit("Later", [("shop.txt", "price 3\n")], merged));
        server.AddMerged(7, "In the way", merged, "One commit");
        server.AddMerged(8, "Rebased", merged, "Raise the price", "Fix a typo");

        (await RevertFailsAsync(7)).ShouldContain("409: Merge conflict");
        (await RevertFailsAsync(8)).ShouldContain("merged by rebase, as 2 commits");
        (await RevertFailsAsync(9)).ShouldContain("404");
    }

    [Fact]
    public async Task A_deployment_deploys_what_was_asked_for_and_nothing_merged_into_it()
    {
        var made = await Called.SucceedsAsync(
            new GitHubDeploymentAction(github),
            new
            {
                repository = GitHubServer.Repository,
                @ref = "v41",
                description = "Back to 41",
            }
        );

        made.GetProperty("id").GetInt64().ShouldBeGreaterThan(0);
        var sent = Sent("POST /repos/shop/web/deployments");
        sent["auto_merge"]!.GetValue<bool>().ShouldBeFalse();
        sent["required_contexts"]!.AsArray().ShouldBeEmpty();
        sent["payload"]!["run"]!.GetValue<string>().ShouldBe("run-1");
        server.Objections.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_issue_is_opened_with_its_labels()
    {
        var opened = await Called.SucceedsAsync(
            new GitHubIssueAction(github),
            new
            {
                repository = GitHubServer.Repository,
                title = "Alert on lag",
                labels = new[] { "follow-up" },
                assignees = new[] { "anna" },
            }
        );

        opened.GetProperty("url").GetString().ShouldStartWith("https://github.com/");
        Sent("POST /repos/shop/web/issues")["labels"]!.ToJsonString().ShouldBe("""["follow-up"]""");
        server.Objections.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(
        403,
        "Resource not accessible by integration",
        FailureClass.Refused,
        "the token may not do this (403): Resource not accessible"
    )]
    [InlineData(422, "No ref found for: v99", FailureClass.Refused, "422: No ref found for: v99")]
    [InlineData(409, "Conflict: checks", FailureClass.Refused, "409: Conflict: checks")]
    [InlineData(500, "Oops", FailureClass.Unknown, "500: Oops")]
    [InlineData(502, "Bad gateway", FailureClass.Unknown, "502")]
    public async Task What_GitHub_says_is_told_in_its_words_and_classed(int status, string message, FailureClass expected, string told)
    {
        server.Refuses = (status, new JsonObject { ["message"] = message });

        (
            await Called.FailsAsync(
                new GitHubDeploymentAction(github),
                new { repository = GitHubServer.Repository, @ref = "v99" },
                expected
            )
        ).Because.ShouldContain(told);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(290)]
    public async Task A_server_that_says_the_token_again_is_told_without_it(int before)
    {
        server.Refuses = (422, new JsonObject { ["message"] = $"{new string('x', before)}{GitHubServer.Token}" });
        using var key = RSA.Create(2048);
        var pem = key.ExportRSAPrivateKeyPem();
        var app = new GitHubOptions
        {
            AppId = "123",
            PrivateKey = pem,
            ApiUrl = server.Address,
        };

        foreach (var access in (GitHubAccess[])[github, Access(app)])
            (await RefusedAsync(access)).ShouldEndWith($"422: {new string('x', before)}***");
        // The app is installed, but the proof of it is said again in place of a token.
        server.RepeatsProof = true;
        (await RefusedAsync(Access(app))).ShouldBe("GitHub's answer was 422: ***");

        async Task<string> RefusedAsync(GitHubAccess access) =>
            (
                await Called.FailsAsync(
                    new GitHubDeploymentAction(access),
                    new { repository = GitHubServer.Repository, @ref = "v99" },
                    FailureClass.Refused
                )
            ).Because;
    }

    [Fact]
    public async Task A_wrong_token_a_wrong_name_and_no_set_up_are_told()
    {
        var stranger = Access(new GitHubOptions { Token = "ghp_wrong", ApiUrl = server.Address });
        var off = Access(new GitHubOptions { ApiUrl = server.Address });
        var with = new { repository = GitHubServer.Repository, title = "x" };

        (await Called.FailsAsync(new GitHubIssueAction(stranger), with, FailureClass.Refused)).Because.ShouldContain("GitHub:Token");
        (await Called.FailsAsync(new GitHubIssueAction(off), with, FailureClass.NotSent)).Because.ShouldContain("GitHub:AppId");
        Called.Misfit(new GitHubIssueAction(github), new { repository = "shop/../web", title = "x" }).ShouldContain("owner/name");
    }

    [Fact]
    public async Task An_app_signs_its_proof_and_its_token_is_asked_for_once()
    {
        using var key = RSA.Create(2048);
        var app = Access(
            new GitHubOptions
            {
                AppId = "123",
                PrivateKey = key.ExportRSAPrivateKeyPem(),
                ApiUrl = server.Address,
            }
        );
        var with = new { repository = GitHubServer.Repository, title = "x" };

        await Called.SucceedsAsync(new GitHubIssueAction(app), with);
        await Called.SucceedsAsync(new GitHubIssueAction(app), with);

        var parts = server.AppProof!.Split('.');
        key.VerifyData(
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
                Base64Url.DecodeFromChars(parts[2]),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
            .ShouldBeTrue();
        JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!["iss"]!.GetValue<string>().ShouldBe("123");
        var asked = server.Requests.Single(one => one.Operation.EndsWith("/access_tokens", StringComparison.Ordinal));
        asked.Body!.ToJsonString().ShouldBe($$"""{"repositories":["{{GitHubServer.Repository.Split('/')[1]}}"]}""");
        server.Objections.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_app_that_is_not_installed_there_is_to_be_installed()
    {
        const string said = """{"message":"Not Found"}""";
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 404 Not Found\nContent-Type: application/json\nContent-Length: {said.Length}\n\n{said}"
        );
        using var key = RSA.Create(2048);
        var app = Access(
            new GitHubOptions
            {
                AppId = "123",
                PrivateKey = key.ExportRSAPrivateKeyPem(),
                ApiUrl = new Uri($"http://127.0.0.1:{target.Port}/"),
            }
        );

        var failed = await Called.FailsAsync(
            new GitHubIssueAction(app),
            new { repository = GitHubServer.Repository, title = "x" },
            FailureClass.Refused
        );

        failed.Because.ShouldStartWith(
            "the app of GitHub:AppId is not installed for this repository, or there is none of this name (404). Install it"
        );
    }

    [Fact]
    public async Task A_run_that_is_waited_for_may_go_on_longer_than_an_apps_token()
    {
        var run = (await DispatchAsync()).GetProperty("run-id").GetInt64();
        using var key = RSA.Create(2048);
        var app = Access(
            new GitHubOptions
            {
                AppId = "123",
                PrivateKey = key.ExportRSAPrivateKeyPem(),
                ApiUrl = server.Address,
            }
        );
        server.TokenLives = TimeSpan.FromMinutes(4);

        await Called.SucceedsAsync(
            new GitHubWorkflowWaitAction(app),
            new
            {
                repository = GitHubServer.Repository,
                runId = run,
                every = "1s",
            }
        );

        // One for each state that it went through.
        server.Requests.Count(one => one.Operation.EndsWith("/access_tokens", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public async Task A_lost_answer_is_unknown_and_nothing_is_sent_again_or_elsewhere()
    {
        var with = new { repository = GitHubServer.Repository, workflow = "deploy.yml" };
        await using var resets = new TcpTarget((_, socket) => TcpTarget.ResetAsync(socket));
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        await using var elsewhere = TcpTarget.Answering("HTTP/1.1 204 Done\nContent-Length: 0\n\n");
        await using var moved = TcpTarget.Answering(
            $"HTTP/1.1 307 There\nLocation: http://127.0.0.1:{elsewhere.Port}/x\nContent-Length: 0\n\n"
        );

        await Called.FailsAsync(At(resets.Port), with, FailureClass.Unknown);
        await Called.FailsAsync(At(silent.Port), with, FailureClass.Unknown, TimeSpan.FromSeconds(1));
        (await Called.FailsAsync(At(moved.Port), with, FailureClass.Refused)).Because.ShouldContain("renamed or moved");
        await Called.FailsAsync(At(Loopback.FreePort()), with, FailureClass.NotSent);
        await Called.FailsAsync(At(silent.Port), with, FailureClass.NotSent, deadline: TimeProvider.System.GetUtcNow());

        (resets.Requests, resets.Connections, silent.Requests, elsewhere.Connections).ShouldBe((1, 1, 1, 0));

        static GitHubWorkflowDispatchAction At(int port) =>
            new(Access(new GitHubOptions { Token = GitHubServer.Token, ApiUrl = new Uri($"http://127.0.0.1:{port}/") }));
    }

    [Theory]
    [InlineData("application/json", "[]")]
    [InlineData("application/json", "{}")]
    [InlineData("application/json", "null")]
    [InlineData("application/json", """{"status":"ok"}""")]
    [InlineData("application/json", """{"id":null,"number":null,"status":null,"sha":null,"html_url":null}""")]
    [InlineData("application/json", "<html>Sign in</html>")]
    [InlineData("application/json", "")]
    [InlineData("text/html", "<html>Sign in</html>")]
    public async Task An_answer_that_is_not_GitHubs_is_told(string type, string body)
    {
        await using var target = TcpTarget.Answering($"HTTP/1.1 200 OK\nContent-Type: {type}\nContent-Length: {body.Length}\n\n{body}");
        var access = Access(new GitHubOptions { Token = GitHubServer.Token, ApiUrl = new Uri($"http://127.0.0.1:{target.Port}/") });
        const string Said = "GitHub's answer cannot be read. Is GitHub:ApiUrl the address of its API?";

        (
            await Called.FailsAsync(
                new GitHubWorkflowWaitAction(access),
                new { repository = GitHubServer.Repository, runId = 1 },
                FailureClass.Refused
            )
        ).Because.ShouldBe(Said);
        (
            await Called.FailsAsync(
                new GitHubWorkflowRunsAction(access),
                new { repository = GitHubServer.Repository, workflow = "deploy.yml" },
                FailureClass.Refused
            )
        ).Because.ShouldBe(Said);
        (
            await Called.FailsAsync(
                new GitHubWorkflowDispatchAction(access),
                new { repository = GitHubServer.Repository, workflow = "deploy.yml" },
                FailureClass.Unknown
            )
        ).Because.ShouldBe(Said);
        // It looks before it acts.
        (
            await Called.FailsAsync(
                new GitHubRevertPullRequestAction(access),
                new { repository = GitHubServer.Repository, number = 7 },
                FailureClass.Refused
            )
        ).Because.ShouldBe(Said);
        (
            await Called.FailsAsync(
                new GitHubIssueAction(access),
                new { repository = GitHubServer.Repository, title = "x" },
                FailureClass.Unknown
            )
        ).Because.ShouldBe(Said);
        (
            await Called.FailsAsync(
                new GitHubDeploymentAction(access),
                new { repository = GitHubServer.Repository, @ref = "v41" },
                FailureClass.Unknown
            )
        ).Because.ShouldBe(Said);
    }

    private static GitHubAccess Access(GitHubOptions options) => new(options, TimeProvider.System);

    private Task<JsonElement> DispatchAsync() =>
        Called.SucceedsAsync(
            new GitHubWorkflowDispatchAction(github),
            new
            {
                repository = GitHubServer.Repository,
                workflow = "deploy.yml",
                inputs = new { version = "41" },
            }
        );

    private async Task<string> RevertFailsAsync(int number) =>
        (
            await Called.FailsAsync(
                new GitHubRevertPullRequestAction(github),
                new { repository = GitHubServer.Repository, number },
                FailureClass.Refused
            )
        ).Because;

    private JsonNode Sent(string operation) => server.Requests.Last(one => one.Operation == operation).Body!;
}
