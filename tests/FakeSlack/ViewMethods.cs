using System.Text.Json.Nodes;
using static Tests.FakeSlack.Methods;

namespace Tests.FakeSlack;

/// <summary><c>views.*</c>: a trigger is good once, for three seconds.</summary>
internal static class ViewMethods
{
    public static JsonObject Open(Workspace workspace, Call call)
    {
        if (call.Text("trigger_id") is not { } id || !workspace.Triggers.TryGetValue(id, out var trigger))
            throw new SlackError("invalid_trigger_id");
        if (workspace.Time.GetUtcNow() - trigger.At > workspace.TriggerLife)
            throw new SlackError("expired_trigger_id");
        if (trigger.Used)
            throw new SlackError("exchanged_trigger_id");
        var view = Read(call, "modal");
        trigger.Used = true;
        var opened = new SlackView(workspace.NewId("V"), trigger.User, view);
        workspace.Views.Add(opened);
        return Ok(("view", ToJson(opened)));
    }

    public static JsonObject Update(Workspace workspace, Call call)
    {
        var view = workspace.Views.Find(view => view.Id == call.Text("view_id") && view.IsOpen) ?? throw new SlackError("not_found");
        if (call.Text("hash") is { } hash && hash != view.Hash)
            throw new SlackError("hash_conflict");
        Replace(view, Read(call, "modal"));
        return Ok(("view", ToJson(view)));
    }

    public static JsonObject Publish(Workspace workspace, Call call)
    {
        if (workspace.User(call.Text("user_id")) is not { } user)
            throw new SlackError("invalid_arguments");
        workspace.Homes[user.Id] = Read(call, "home");
        return Ok(("view", new JsonObject { ["id"] = "V-home-" + user.Id, ["type"] = "home" }));
    }

    public static void Replace(SlackView view, JsonObject by)
    {
        view.View = by;
        view.Hash += "1";
    }

    public static JsonObject ToJson(SlackView view)
    {
        var json = (JsonObject)view.View.DeepClone();
        json["id"] = view.Id;
        json["team_id"] = Workspace.TeamId;
        json["hash"] = view.Hash;
        json["root_view_id"] = view.Id;
        json["app_id"] = Workspace.AppId;
        json["bot_id"] = Workspace.BotId;
        json["private_metadata"] ??= "";
        json["callback_id"] ??= "";
        json["external_id"] ??= "";
        json["state"] ??= new JsonObject { ["values"] = new JsonObject() };
        return json;
    }

    private static JsonObject Read(Call call, string type)
    {
        var view = call.Json<JsonObject>("view") ?? throw new SlackError("invalid_arguments", "view is missing");
        if ((string?)view["type"] != type)
            throw new SlackError("invalid_arguments", $"view.type is no {type}");
        var wrong = BlockLimits.OfView(view);
        return wrong.Count == 0 ? view : throw new SlackError("invalid_arguments", [.. wrong]);
    }
}
