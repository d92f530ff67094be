using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <param name="Outcome"><c>ok</c>, an error of Slack's, or what became of the connection.</param>
internal sealed record Captured(Call Call, string Outcome, JsonObject? Answer);

/// <summary>Every call that came in, for tests to count.</summary>
internal sealed class Capture
{
    private readonly Lock gate = new();
    private readonly List<Captured> calls = [];

    public void Add(Call call, string outcome, JsonObject? answer = null)
    {
        lock (gate)
            calls.Add(new Captured(call, outcome, answer));
    }

    public IReadOnlyList<Captured> All
    {
        get
        {
            lock (gate)
                return [.. calls];
        }
    }

    /// <summary>Every request is one that Slack knows, and right by its official types, limits and name rules.</summary>
    public async Task AreRightAsync()
    {
        foreach (var call in All)
            (call.Outcome is "unknown_method" or "invalid_blocks" or "invalid_arguments" or "no_text" or "msg_too_long").ShouldBeFalse(
                $"{call.Call.Method}: {call.Answer}"
            );
        (await SlackTypes.RefusalsAsync(All.Select(call => SlackTypes.LineOf(call.Call)))).ShouldBeEmpty();
    }

    public IReadOnlyList<Captured> Of(string method) => [.. All.Where(call => call.Call.Method == method)];
}
