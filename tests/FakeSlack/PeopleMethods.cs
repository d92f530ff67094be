using System.Text.Json.Nodes;
using static Tests.FakeSlack.Methods;

namespace Tests.FakeSlack;

/// <summary><c>users.*</c> and <c>usergroups.*</c>.</summary>
internal static class PeopleMethods
{
    public static JsonObject Info(Workspace workspace, Call call) =>
        Ok(("user", (workspace.User(call.Text("user")) ?? throw new SlackError("user_not_found")).ToJson()));

    public static JsonObject Bot(Workspace workspace, Call call) =>
        call.Text("bot") is Workspace.BotId
            ? Ok(
                (
                    "bot",
                    new JsonObject
                    {
                        ["id"] = Workspace.BotId,
                        ["app_id"] = Workspace.AppId,
                        ["user_id"] = Workspace.BotUserId,
                        ["name"] = "incident",
                        ["deleted"] = false,
                    }
                )
            )
            : throw new SlackError("bot_not_found");

    public static JsonObject List(Workspace workspace, Call call) =>
        Page(call, "members", [.. workspace.Users.Select(user => user.ToJson())]);

    public static JsonObject ByEmail(Workspace workspace, Call call) =>
        Ok(
            (
                "user",
                (
                    workspace.Users.Find(user => string.Equals(user.Email, call.Text("email"), StringComparison.OrdinalIgnoreCase))
                    ?? throw new SlackError("users_not_found")
                ).ToJson()
            )
        );

    public static JsonObject Groups(Workspace workspace, Call call) =>
        Ok(
            (
                "usergroups",
                new JsonArray([
                    .. workspace.Groups.Select(group =>
                    {
                        var json = group.ToJson();
                        if (call.Flag("include_users"))
                            json["users"] = new JsonArray([.. group.Members.Select(id => (JsonNode)id)]);
                        return json;
                    }),
                ])
            )
        );

    public static JsonObject GroupUsers(Workspace workspace, Call call) =>
        Ok(
            (
                "users",
                new JsonArray([
                    .. (
                        workspace.Groups.Find(group => group.Id == call.Text("usergroup")) ?? throw new SlackError("no_such_subteam")
                    ).Members.Select(id => (JsonNode)id),
                ])
            )
        );
}
