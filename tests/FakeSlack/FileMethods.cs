using System.Text.Json.Nodes;
using static Tests.FakeSlack.Methods;

namespace Tests.FakeSlack;

/// <summary>The upload flow: an address, the bytes, the completion.</summary>
internal static class FileMethods
{
    public static JsonObject GetAddress(Workspace workspace, Call call)
    {
        if (call.Text("filename") is not { Length: > 0 } name || call.Number("length", 0) is not (> 0 and var length))
            throw new SlackError("invalid_arguments");
        var file = new SlackFile(workspace.NewId("F"), name, length);
        workspace.Files.Add(file);
        // The server's own address goes before it.
        return Ok(("upload_url", "/upload/" + file.Id), ("file_id", file.Id));
    }

    public static JsonObject Complete(Workspace workspace, Call call)
    {
        var files = call.Json<JsonArray>("files") ?? throw new SlackError("invalid_arguments");
        var done = new JsonArray();
        foreach (var named in files.OfType<JsonObject>())
        {
            var file = workspace.Files.Find(file => file.Id == (string?)named["id"]) ?? throw new SlackError("file_not_found");
            if (file.Content is null)
                throw new SlackError("file_not_found", "nothing was uploaded");
            file.Title = (string?)named["title"];
            if (call.Text("channel_id") is { } id)
            {
                var channel = workspace.Channel(id) ?? throw new SlackError("channel_not_found");
                if (!channel.Members.Contains(Workspace.BotUserId))
                    throw new SlackError("not_in_channel");
                file.Channel = id;
                var message = new SlackMessage(workspace.NewTs(), Workspace.BotUserId)
                {
                    Text = call.Text("initial_comment") ?? "",
                    IsOfApp = true,
                };
                message.FileIds.Add(file.Id);
                channel.Messages.Add(message);
                workspace.Tell(Events.Message(channel, message));
            }

            done.Add(new JsonObject { ["id"] = file.Id, ["title"] = file.Title });
        }

        return Ok(("files", done));
    }
}
