namespace Integrations;

/// <summary>Lets each answer come as it comes, up to a size: for those that have no end, as <see cref="BoundedAnswers"/> is for those that have one.</summary>
/// <param name="begun">Called when it is a success that begins to come.</param>
internal sealed class BoundedStreams(int limit, Action begun) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var bounded = new StreamContent(new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken), limit));
        foreach (var (name, values) in response.Content.Headers)
            bounded.Headers.TryAddWithoutValidation(name, values);
        response.Content = bounded;
        if (response.IsSuccessStatusCode)
            begun();
        return response;
    }
}
