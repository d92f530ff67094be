using System.Net.Http.Headers;
using System.Text;

namespace Bench;

/// <summary>Posts JSON over connections that stay open.</summary>
internal sealed class Client : IDisposable
{
    private readonly HttpClient http;
    private readonly Uri url;
    private readonly string? token;
    private readonly string? prefer;

    /// <param name="token">Empty: none is sent.</param>
    /// <param name="prefer">RFC 7240.</param>
    public Client(Uri url, string token, string? prefer = null)
    {
        this.url = url;
        this.token = token.Length == 0 ? null : token;
        this.prefer = prefer;
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
    }

    /// <exception cref="HttpRequestException">The answer is no 2xx, or the server is gone.</exception>
    public async Task<byte[]> PostAsync(string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new("application/json") } },
        };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (prefer is not null)
            request.Headers.Add("Prefer", prefer);
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync();
    }

    public void Dispose() => http.Dispose();

    /// <summary>Does <paramref name="count"/> things, so many at a time, each with its number from 0.</summary>
    public static Task TimesAsync(int count, int atOnce, Func<int, Task> one)
    {
        var next = -1;
        return Task.WhenAll(
            Enumerable
                .Range(0, atOnce)
                .Select(async _ =>
                {
                    for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
                        await one(i);
                })
        );
    }
}
