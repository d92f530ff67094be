namespace Integrations;

/// <summary>Takes each answer whole, up to a size: a client that reads it all never fills the memory.</summary>
internal sealed class BoundedAnswers(int limit) : DelegatingHandler
{
    public BoundedAnswers(HttpMessageHandler inner, int limit)
        : this(limit) => InnerHandler = inner;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            var whole = new ByteArrayContent(await ReadAsync(response.Content, cancellationToken));
            foreach (var (name, values) in response.Content.Headers)
            {
                if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                    whole.Headers.TryAddWithoutValidation(name, values);
            }

            response.Content.Dispose();
            response.Content = whole;
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancel)
    {
        await using var stream = await content.ReadAsStreamAsync(cancel);
        using var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancel)) > 0)
        {
            if (kept.Length + read > limit)
                throw new IOException($"it has more than {limit / 1_000_000} MB");
            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }
}
