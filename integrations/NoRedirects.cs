namespace Integrations;

/// <summary>
/// For clients that know one place to ask: an answer that sends them elsewhere is told with where to, whatever the client would make of it.
/// </summary>
internal sealed class NoRedirects : DelegatingHandler
{
    /// <returns>Where an answer sends whoever asked, as words that follow it; nothing: nowhere.</returns>
    public static string Told(HttpResponseMessage answer) =>
        (int)answer.StatusCode is >= 300 and < 400 && answer.Headers.Location is { } location
            ? $": it redirects to {From(answer.RequestMessage?.RequestUri, location)}, which is not followed"
            : "";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        if (Told(answer) is not { Length: > 0 } told)
            return answer;
        using (answer)
            throw new RedirectedException((int)answer.StatusCode, told);
    }

    private static string From(Uri? asked, Uri location) =>
        Uri.TryCreate(asked, location, out var place) ? SafeAddress.Place(place) : "what is no address";
}

internal sealed class RedirectedException(int status, string told)
    : HttpRequestException($"the answer was {status}{told}. Give the address that is meant.")
{
    public int Status => status;
}
