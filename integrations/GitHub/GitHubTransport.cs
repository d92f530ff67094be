using System.Net;
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

    // A definite no to the current request: nothing came of it.
    private bool refused;

    /// <summary>A request before the current one may have changed something.</summary>
    public bool Acted { get; private set; }

    /// <summary>What is sent is the preparation: a token for the call acts on nothing.</summary>
    public bool Prepares { get; set; }

    public TimeProvider Time => outward.Time;

    /// <summary>Nothing that acts has left so far.</summary>
    public bool HasOnlyLooked => !Acted && !acts;

    public Task<IResponse> Send(IRequest request, CancellationToken cancellationToken, Func<object, object>? preprocessResponseBody = null)
    {
        Acted |= acts && !refused && current is { Began: true };
        acts = !Prepares && request.Method != HttpMethod.Get;
        if (!acts)
            return call.Reach.LookAsync(
                () => SendAsync(request, preprocessResponseBody, cancellationToken),
                failed: answer => !IsSuccess(answer)
            );
        call.Reach.Acts();
        return SendAsync(request, preprocessResponseBody, cancellationToken);
    }

    /// <returns>Null: it is no failure of the transport.</returns>
    public ActionResult.Failed? Failed(Exception fault) =>
        fault is RedirectedException ? new ActionResult.Failed(FailureClass.Refused, fault.Message)
        : current?.Failed(fault, cancel) is { } failed
            ? Acted ? failed with { Class = FailureClass.Unknown }
                : failed
        : null;

    public void SetRequestTimeout(TimeSpan timeout) { }

    public void Dispose() => current?.Dispose();

    private async Task<IResponse> SendAsync(
        IRequest request,
        Func<object, object>? preprocessResponseBody,
        CancellationToken cancellationToken
    )
    {
        using var way = new OutwardHttp(outward, call.Deadline);
        current = way;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, cancellationToken);
        using var client = new HttpClientAdapter(() =>
            new PlainJson(
                new SentCredentials(call) { InnerHandler = new BoundedAnswers(way.Handler, OutwardApi.LargestAnswer, outward.Room) }
            )
        );
        // The time limit is the step's, by the token.
        client.SetRequestTimeout(Timeout.InfiniteTimeSpan);
        refused = false;
        var response = await client.Send(request, both.Token, preprocessResponseBody);
        refused = (int)response.StatusCode is >= 400 and < 500;
        return IsReadable(response) ? response : throw GitHubJson.Unreadable;
    }

    // Octokit takes a yes that is no JSON, or an empty object, for one without an answer. GitHub has one for each, or says 204.
    private static bool IsReadable(IResponse response) =>
        !IsSuccess(response)
        || response.StatusCode is HttpStatusCode.NoContent
        || (response.ContentType is "application/json" && response.Body is string { Length: > 0 } body && body.Trim() is not "{}");

    private static bool IsSuccess(IResponse response) => (int)response.StatusCode is >= 200 and < 300;

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
            var (asked, place) = (request.RequestUri!, new Uri(request.RequestUri!, location));
            // As GitHub itself does it; another host is that of a proxy, or of a sign-in.
            var because =
                place.Host == asked.Host
                    ? "the repository was renamed or moved. Name it as it is called now."
                    : "that is another host. Is GitHub:ApiUrl the address of its API?";
            throw new RedirectedException($"GitHub redirects to {SafeAddress.Place(place)}: {because}");
        }
    }

    private sealed class RedirectedException(string message) : Exception(message);
}
