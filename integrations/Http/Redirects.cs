using System.Net;
using System.Text;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Http;

/// <summary>
/// Follows redirects as curl and browsers do: what may show who asks goes to the origin that the step names (scheme, host and port) and to no
/// other, and not either once another one sent the request back.
/// </summary>
/// <param name="home">The way to that origin, with what the step brings to TLS.</param>
/// <param name="abroad">The way to all others.</param>
internal sealed class Redirects(OutwardHttp home, OutwardHttp abroad, ActionCall call) : HttpMessageHandler
{
    private const int Most = 50;

    // What says nothing of who asks.
    private static readonly string[] Harmless = ["Accept", "Accept-Language", "User-Agent"];

    private readonly HttpMessageInvoker atHome = new(home.Handler, disposeHandler: false);
    private OutwardHttp? last;
    private readonly HttpMessageInvoker elsewhere = new(abroad.Handler, disposeHandler: false);

    // The answer of one that may have acted, and whether what follows only looks at what came of it.
    private HttpStatusCode? acted;
    private bool looks;

    /// <summary>The way that was gone last: what failed, failed there.</summary>
    public OutwardHttp Last => last ?? home;

    /// <inheritdoc cref="OutwardHttp.Failed"/>
    public ActionResult.Failed? Failed(Exception fault, CancellationToken cancel) =>
        Last.Failed(fault, cancel) is { } failed
            ? acted is null
                ? failed
                : Unknown(failed)
            : null;

    /// <summary>What an answer means: one to a look says nothing of what was done before it.</summary>
    public ActionResult Judge(ActionResult answer) => looks && answer is ActionResult.Failed failed ? Unknown(failed) : answer;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (origin, isHome) = (request.RequestUri!, true);
        for (var followed = 0; ; followed++)
        {
            last = isHome ? home : abroad;
            last.Anew();
            var response = await (isHome ? atHome : elsewhere).SendAsync(request, cancellationToken);
            if (followed == Most || Place(request.RequestUri!, response) is not { } place)
                return response;
            isHome &= IsSame(place, origin);
            if (await NextAsync(request, response.StatusCode, place, isHome, cancellationToken) is not { } next)
                return response;
            if (call.Effect is not StepEffect.Read)
            {
                acted = response.StatusCode;
                looks |= next.Method != request.Method;
            }

            response.Dispose();
            request = next;
        }
    }

    private ActionResult.Failed Unknown(ActionResult.Failed failed) =>
        failed with
        {
            Class = FailureClass.Unknown,
            Because = $"the request was answered with {(int)acted!} and may have acted; where that leads to, {failed.Because}",
        };

    // Never from TLS to none.
    private static Uri? Place(Uri from, HttpResponseMessage response) =>
        (int)response.StatusCode is >= 300 and <= 303 or 307 or 308
        && response.Headers.Location is { } location
        && Uri.TryCreate(from, location, out var place)
        && place.Scheme is "http" or "https"
        && (place.Scheme is "https" || from.Scheme is "http")
            ? place
            : null;

    private static bool IsSame(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <returns>Null: it is not followed.</returns>
    private async Task<HttpRequestMessage?> NextAsync(
        HttpRequestMessage last,
        HttpStatusCode status,
        Uri place,
        bool isHome,
        CancellationToken cancel
    )
    {
        // RFC 9110, section 15.4: what was POSTed is not POSTed again, and behind a 303 lies something to read.
        var isGet =
            status is HttpStatusCode.SeeOther
                ? last.Method != HttpMethod.Get && last.Method != HttpMethod.Head
                : last.Method == HttpMethod.Post && (int)status < 303;
        var next = new HttpRequestMessage(isGet ? HttpMethod.Get : last.Method, place)
        {
            Version = last.Version,
            VersionPolicy = last.VersionPolicy,
        };
        if (!isGet && last.Content is { } content)
        {
            var body = await content.ReadAsByteArrayAsync(cancel);
            if (!isHome && Holds(Encoding.UTF8.GetString(body)))
            {
                call.Output($"the redirect to {SafeAddress.Place(place)} is not followed: the body holds a secret");
                return null;
            }

            next.Content = new ByteArrayContent(body);
            foreach (var (name, values) in content.Headers.NonValidated.Where(header => isHome || header.Key is "Content-Type"))
                next.Content.Headers.TryAddWithoutValidation(name, values);
        }

        foreach (var (name, values) in last.Headers.NonValidated.Where(header => isHome || IsHarmless(header.Key, header.Value.ToString())))
            next.Headers.TryAddWithoutValidation(name, values);
        next.Headers.ConnectionClose = true;
        return next;
    }

    private bool IsHarmless(string name, string value) => Harmless.Contains(name, StringComparer.OrdinalIgnoreCase) && !Holds(value);

    private bool Holds(string text) => call.Mask.Apply(text) != text;
}
