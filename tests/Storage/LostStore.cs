using System.Net;
using Tests.Support;

namespace Tests.Storage;

/// <summary>What a bot shows that cannot write, and that it goes on by itself: one story for a full disk and a lost server.</summary>
internal static class LostStore
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public static byte[] Alert(string fingerprint) => Payload.Alertmanager("g", 0, (fingerprint, true, Start));

    /// <summary>Refuses alerts with 503 and says when to come again; is not ready; counts and logs it.</summary>
    public static async Task ShowsAsync(BotProcess bot, string reason)
    {
        await Until.Holds(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"/alerts/{BotProcess.Source}");
                // Large, so that no page of the database has room left for it.
                request.Content = new ByteArrayContent(
                    Payload.Alertmanager("g", 0, [.. Enumerable.Range(0, 200).Select(i => ($"refused-{i}", true, Start))])
                );
                request.Headers.Authorization = new("Bearer", BotProcess.SourceToken);
                using var answer = await bot.Http.SendAsync(request);
                if (answer.StatusCode is HttpStatusCode.Accepted)
                    return false;
                answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                answer.Headers.RetryAfter.ShouldNotBeNull();
                return true;
            },
            "the refusal"
        );
        await Until.Holds(async () => await ReadyAsync(bot) is HttpStatusCode.ServiceUnavailable, "not being ready");
        await Until.Holds(
            () => Task.FromResult(bot.Written.Contains(reason, StringComparison.Ordinal)),
            "a word in the log",
            () => Task.FromResult(bot.Written)
        );
        await Until.Holds(async () => await WritableAsync(bot) is "0", "the gauge");
    }

    /// <summary>Takes alerts again, without a restart.</summary>
    public static async Task RecoversAsync(BotProcess bot)
    {
        await Until.Holds(async () => await ReadyAsync(bot) is HttpStatusCode.OK, "being ready again", () => Task.FromResult(bot.Written));
        (await bot.DeliverAsync(Alert("after"))).ShouldBeTrue();
        await Until.Holds(async () => await WritableAsync(bot) is "1", "the gauge");
    }

    public static async Task<HttpStatusCode> ReadyAsync(BotProcess bot)
    {
        using var answer = await bot.Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return answer.StatusCode;
    }

    private static async Task<string?> WritableAsync(BotProcess bot) =>
        (await MetricsAsync(bot))
            .Split('\n')
            .FirstOrDefault(line => line.StartsWith("incident_store_writable", StringComparison.Ordinal))
            ?.Split(' ')[1];

    public static Task<string> MetricsAsync(BotProcess bot) => TextAsync(bot, "/metrics");

    public static async Task<string> TextAsync(BotProcess bot, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", BotProcess.AdminToken);
        using var answer = await bot.Http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }
}
