using System.Net;
using System.Text;

namespace Bench;

/// <summary>Answers the calls that the bot makes to Slack with what Slack would say when all is well. It keeps nothing.</summary>
internal static class StandInSlack
{
    public static async Task RunAsync(Uri address)
    {
        using var listener = new HttpListener();
        listener.Prefixes.Add(new Uri(address, "/").ToString());
        listener.Start();
        var made = 0L;
        while (true)
        {
            var context = await listener.GetContextAsync();
            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync();
            var answer = Answer(context.Request.Url!.Segments[^1], body, ++made);
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.Close(Encoding.UTF8.GetBytes(answer), willBlock: false);
        }
    }

    private static string Answer(string method, string body, long number) =>
        method switch
        {
            "auth.test" => """{"ok":true,"user":"incident","user_id":"U0BOT","team":"Bench","team_id":"T0001","bot_id":"B0001"}""",
            "users.info" =>
                $$$"""{"ok":true,"user":{"id":"{{{Field(body, "user")}}}","team_id":"T0001","name":"{{{Field(body, "user").ToLowerInvariant()}}}"}}""",
            "usergroups.list" => """{"ok":true,"usergroups":[]}""",
            "conversations.create" => $$$"""{"ok":true,"channel":{"id":"C{{{number:D8}}}","name":"{{{Field(body, "name")}}}"}}""",
            "conversations.history" => """{"ok":true,"messages":[],"has_more":false}""",
            "bookmarks.list" => """{"ok":true,"bookmarks":[]}""",
            _ => $$$"""{"ok":true,"ts":"{{{1_700_000_000 + (number / 1000)}}}.{{{number % 1000:D6}}}"}""",
        };

    private static string Field(string form, string name) =>
        form.Split('&').Select(field => field.Split('=')).FirstOrDefault(field => field[0] == name)?[1] ?? "";
}
