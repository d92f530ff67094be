using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>The check of requests against Slack's official TypeScript types.</summary>
internal static class SlackTypes
{
    /// <summary>A captured call as the checker reads it.</summary>
    public static string LineOf(Call call)
    {
        var line = new JsonObject { ["method"] = call.Method, ["body"] = call.Body.DeepClone() };
        if (call.IsForm)
            line["form"] = true;
        return line.ToJsonString();
    }

    /// <returns>0, or 1 with a line for each refusal.</returns>
    public static async Task<(int Exit, string Written)> CheckAsync(IEnumerable<string> lines)
    {
        var work = Directory.CreateTempSubdirectory("incident-types-");
        try
        {
            return await OfficialClients.RunAsync("typecheck.mjs", string.Join('\n', lines), work.FullName);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}
