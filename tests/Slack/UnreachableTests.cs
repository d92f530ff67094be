using Integrations.Slack.Api;
using Refit;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>A call that Slack does not answer: whether it can have been done is known by how far it came.</summary>
public sealed class UnreachableTests
{
    [Fact]
    public async Task What_nobody_listened_to_was_not_sent()
    {
        var answer = await CallAsync(new Uri($"http://127.0.0.1:{Loopback.FreePort()}/api/"));
        (answer.Outcome, answer.Error).ShouldBe((SlackOutcome.NotSent, "Slack could not be reached (ConnectionError)"));
    }

    [Fact]
    public async Task What_is_said_to_somebody_without_a_certificate_was_not_sent()
    {
        await using var slack = await SlackServer.StartAsync();
        var answer = await CallAsync(new UriBuilder(slack.ApiUrl) { Scheme = Uri.UriSchemeHttps }.Uri);
        (answer.Outcome, answer.Error).ShouldBe((SlackOutcome.NotSent, "Slack could not be reached (SecureConnectionError)"));
    }

    [Fact]
    public async Task What_was_cut_off_before_its_answer_may_have_been_done()
    {
        await using var slack = await SlackServer.StartAsync();
        slack.Faults.IsDown = true;
        var answer = await CallAsync(slack.ApiUrl);
        (answer.Outcome, answer.Error).ShouldBe((SlackOutcome.Doubtful, "the connection broke before Slack answered"));
    }

    [Fact]
    public async Task What_is_not_answered_in_time_may_have_been_done()
    {
        await using var slack = await SlackServer.StartAsync();
        slack.Faults.Next("auth.test", new Fault.Hangs(false));
        var answer = await CallAsync(slack.ApiUrl, TimeSpan.FromMilliseconds(500));
        (answer.Outcome, answer.Error).ShouldBe((SlackOutcome.Doubtful, "no answer in time"));
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_told_nothing_else()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() =>
            CallAsync(new Uri($"http://127.0.0.1:{Loopback.FreePort()}/api/"), null, cancel.Token)
        );
    }

    private static async Task<SlackAnswer<AuthTestResponse>> CallAsync(
        Uri address,
        TimeSpan? patience = null,
        CancellationToken cancel = default
    )
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
        client.Timeout = patience ?? TimeSpan.FromSeconds(30);
        var auth = RestService.For<IAuthApi>(client, new RefitSettings { ContentSerializer = new FormContent() });
        return await SlackApi.CallAsync(auth.Test(new AuthTest(), cancel), cancel);
    }
}
