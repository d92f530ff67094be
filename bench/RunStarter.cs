namespace Bench;

/// <summary>Starts runs of a runbook without waiting for their end.</summary>
internal static class RunStarter
{
    public static async Task RunAsync(Uri url, string token, string runbook, int count, int inFlight)
    {
        using var client = new Client(url, token);
        var body = $"{{\"runbook\":\"{runbook}\"}}";
        await Client.TimesAsync(count, inFlight, _ => client.PostAsync(body));
    }
}
