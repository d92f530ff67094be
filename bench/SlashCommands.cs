using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Bench;

/// <summary>Slack's slash commands: signed in advance, and sent at a steady pace.</summary>
internal static class SlashCommands
{
    private const int Incidents = 50;
    private const int People = 97;

    /// <summary>Prints commands with their time and signature, one a line with tabs between; good for five minutes.</summary>
    /// <param name="kind"><c>note</c>: a fact for one of the first fifty incidents; <c>declare</c>: a new incident.</param>
    public static async Task SignAsync(string secret, int count, string kind, TextWriter output)
    {
        var run = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var time = (run / 1000).ToString(CultureInfo.InvariantCulture);
        var key = Encoding.UTF8.GetBytes(secret);
        for (var i = 0; i < count; i++)
        {
            var text = kind is "declare" ? $"declare checkout is down {i}" : $"note inc-{(i % Incidents) + 1} checkout is down {i}";
            var body =
                $"token=legacy&team_id=T0001&team_domain=example&channel_id=C2147483705&channel_name=general&user_id=U{i % People:D7}"
                + $"&user_name=steve&command=%2Fincident&text={Uri.EscapeDataString(text)}&api_app_id=A123456&is_enterprise_install=false"
                + $"&response_url=http%3A%2F%2F127.0.0.1%3A25190%2Frespond%2F{i}&trigger_id={run}.{i}.800910682ad0afe16a979675abcdef";
            var mac = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"v0:{time}:{body}"));
            await output.WriteLineAsync($"{time}\tv0={Convert.ToHexStringLower(mac)}\t{body}");
        }
    }

    /// <summary>Sends them at a pace that does not wait for answers.</summary>
    public static async Task<string> PaceAsync(Uri url, string file, int perSecond, int seconds)
    {
        var lines = await File.ReadAllLinesAsync(file);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
        var took = new double[perSecond * seconds];
        var failed = 0;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, took.Length)
                .Select(async i =>
                {
                    var due = TimeSpan.FromSeconds((double)i / perSecond);
                    if (due > Stopwatch.GetElapsedTime(begun))
                        await Task.Delay(due - Stopwatch.GetElapsedTime(begun), TimeProvider.System);
                    // A timer of this machine may be late: that is not the server's time.
                    var sent = Stopwatch.GetTimestamp();
                    using var answer = await client.SendAsync(Request(url, lines[i % lines.Length]));
                    await answer.Content.ReadAsByteArrayAsync();
                    took[i] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
                    if (!answer.IsSuccessStatusCode)
                        Interlocked.Increment(ref failed);
                })
        );
        if (failed > 0)
            throw new HttpRequestException($"{failed} of {took.Length} commands were not acknowledged.");
        return Figures.Of(took, Stopwatch.GetElapsedTime(begun), took.Length);
    }

    private static HttpRequestMessage Request(Uri url, string line)
    {
        var parts = line.Split('\t');
        var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(parts[2]))
            {
                Headers = { ContentType = new("application/x-www-form-urlencoded") },
            },
        };
        request.Headers.Add("X-Slack-Request-Timestamp", parts[0]);
        request.Headers.Add("X-Slack-Signature", parts[1]);
        return request;
    }
}
