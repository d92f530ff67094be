namespace Integrations;

/// <summary>Takes each answer whole, up to a size: a client that reads it all never fills the memory.</summary>
/// <param name="rooms">Where the first large one takes room from, which is given back with this.</param>
internal sealed class BoundedAnswers(int limit, AnswerRoom rooms) : DelegatingHandler
{
    private IDisposable? room;

    public BoundedAnswers(HttpMessageHandler inner, int limit, AnswerRoom rooms)
        : this(limit, rooms) => InnerHandler = inner;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            var answer = await WholeAnswer.ReadAsync(response.Content, limit, room is null ? rooms : null, waits: true, cancellationToken);
            room ??= answer.Room;
            if (answer.IsCut)
                throw new IOException($"it has more than {limit / 1_000_000} MB");
            var whole = new ReadOnlyMemoryContent(answer.Bytes);
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            room?.Dispose();
        base.Dispose(disposing);
    }
}
