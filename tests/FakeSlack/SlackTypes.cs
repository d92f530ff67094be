using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>
/// The check of requests against Slack's official TypeScript types: one checker for all tests, which ends with them.
/// </summary>
internal static class SlackTypes
{
    private static readonly SemaphoreSlim Turn = new(1, 1);
    private static readonly HashSet<string> Checked = new(StringComparer.Ordinal);
    private static readonly Lazy<Task<OfficialClients.Running>> Checker = new(() => OfficialClients.BeginAsync("typecheck.mjs"));

    /// <summary>A captured call as the checker reads it.</summary>
    public static string LineOf(Call call)
    {
        var line = new JsonObject { ["method"] = call.Method, ["body"] = call.Body.DeepClone() };
        if (call.IsForm)
            line["form"] = true;
        return line.ToJsonString();
    }

    /// <summary>Each request once in a test run: the types do not change meanwhile.</summary>
    /// <returns>One entry for each refusal.</returns>
    public static async Task<IReadOnlyList<string>> RefusalsAsync(IEnumerable<string> requests)
    {
        await Turn.WaitAsync();
        try
        {
            var fresh = requests.Where(request => !Checked.Contains(request)).Distinct(StringComparer.Ordinal).ToList();
            if (fresh.Count == 0)
                return [];
            var said = await (await Checker.Value).AsksAsync($"[{string.Join(',', fresh)}]", "\"refused\"");
            var refused = JsonElement.Parse(said).GetProperty("refused").EnumerateArray().Select(one => one.GetString()!).ToList();
            // What was refused is refused again.
            if (refused.Count == 0)
                Checked.UnionWith(fresh);
            return refused;
        }
        finally
        {
            Turn.Release();
        }
    }
}
