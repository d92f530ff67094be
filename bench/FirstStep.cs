using System.Text.Json;

namespace Bench;

/// <summary>
/// How long it takes from sending a request until the first step of what it started acts. The step says when that was, in
/// microseconds since 1970 under <c>at</c>; client and server share the machine's clock.
/// </summary>
internal static class FirstStep
{
    private const int WarmUp = 300;

    public static async Task<string> RunAsync(Uri url, string body, string token, int inFlight, int count)
    {
        using var client = new Client(url, token, token.Length == 0 ? null : "wait=30");
        await Client.TimesAsync(WarmUp, inFlight, _ => OneAsync(client, body));
        var took = new double[count];
        var started = TimeProvider.System.GetTimestamp();
        await Client.TimesAsync(count, inFlight, async i => took[i] = await OneAsync(client, body));
        return Figures.Of(took, TimeProvider.System.GetElapsedTime(started), took.Length);
    }

    private static async Task<double> OneAsync(Client client, string body)
    {
        var sent = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMicroseconds;
        using var answer = JsonDocument.Parse(await client.PostAsync(body));
        return ((At(answer.RootElement) ?? throw new InvalidDataException("The answer does not say when the step acted.")) - sent) / 1000;
    }

    private static double? At(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .Select(member =>
                    member.Name is "at" && member.Value.ValueKind is JsonValueKind.Number ? member.Value.GetDouble() : At(member.Value)
                )
                .FirstOrDefault(found => found is not null),
            JsonValueKind.Array => element.EnumerateArray().Select(At).FirstOrDefault(found => found is not null),
            _ => null,
        };
}
