using System.Net.Http.Headers;
using Octokit;
using Octokit.Internal;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.GitHub;

/// <summary>
/// Octokit's way out: a connection of its own for each request, no redirects, answers bounded in size. It remembers whether
/// anything that acts has left, since one action may be several requests.
/// </summary>
internal sealed class GitHubTransport(Outward outward, ActionCall call, CancellationToken cancel) : IHttpClient
{
    private OutwardHttp? current;
    private bool acts;

    /// <summary>A request before the current one may have changed something.</summary>
    public bool Acted { get; private set; }

    public async Task<IResponse> Send(
        IRequest request,
        CancellationToken cancellationToken,
        Func<object, object>? preprocessResponseBody = null
    )
    {
        Acted |= acts && current is { Began: true };
        acts = request.Method != HttpMethod.Get;
        using var way = new OutwardHttp(outward, call.Deadline);
        current = way;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, cancellationToken);
        using var client = new HttpClientAdapter(() =>
            new PlainJson(new SentCredentials(call) { InnerHandler = new BoundedAnswers(way.Handler, OutwardApi.LargestAnswer) })
        );
        // The time limit is the step's, by the token.
        client.SetRequestTimeout(Timeout.InfiniteTimeSpan);
        return await client.Send(request, both.Token, preprocessResponseBody);
    }

    public void NothingActedYet() => (Acted, acts) = (false, false);

    /// <returns>Null: it is no failure of the transport.</returns>
    public ActionResult.Failed? Failed(Exception fault) =>
        fault is RedirectedException ? new ActionResult.Failed(FailureClass.Refused, fault.Message)
        : current?.Failed(fault, cancel) is { } failed
            ? Acted ? failed with { Class = FailureClass.Unknown }
                : failed
        : null;

    public void SetRequestTimeout(TimeSpan timeout) { }

    public void Dispose() => current?.Dispose();

    /// <summary>What Octokit's own adapter would do: follow a redirect with the body, and call JSON a form.</summary>
    private sealed class PlainJson(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const string FormType = "application/x-www-form-urlencoded";

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content?.Headers.ContentType?.MediaType is FormType)
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.ConnectionClose = true;
            var response = await base.SendAsync(request, cancellationToken);
            if ((int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } location)
                return response;
            response.Dispose();
            throw new RedirectedException(
                $"GitHub redirects to {SafeAddress.Of(location.ToString())}: the repository was renamed or moved. Name it as it is called now."
            );
        }
    }

    private sealed class RedirectedException(string message) : Exception(message);
}
