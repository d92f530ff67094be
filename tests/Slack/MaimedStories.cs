using System.Text.Json.Nodes;
using Integrations;
using Integrations.Slack.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>
/// Whatever part of what Slack sends is missing, null or of another kind: it is acknowledged, since Slack turns off an app that
/// acknowledges too little, and all else goes on.
/// </summary>
public abstract class MaimedStories : SlackStory
{
    private Place room = null!;
    private int told;

    [Fact]
    public async Task Every_event_is_acknowledged_whatever_is_missing_in_it()
    {
        room = await MailStuckAsync();
        // Each may archive the channel that it is about.
        await Console("/incident declare Another", null);
        var another = await Slack.ExpectsChannel("inc-2");
        Slack.Delivery.RetryAfter = [];
        var made = Bruno.Writes("it has 4,000 messages", room.Channel.Name);
        await Tells("it has 4,000 messages");
        var events = Payload.All("slack").Where(name => name.StartsWith("slack/Events_", StringComparison.Ordinal)).Select(Sample);
        foreach (var inner in events.Concat(Told(made)).Concat(Endings(another)))
        {
            foreach (var maimed in Maimed(Outer(inner)))
                (await Slack.Delivery.SendAsync(maimed.AsObject())).ShouldBeTrue(maimed.ToJsonString());
        }

        Bruno.Writes("all is well", room.Channel.Name);
        await Tells("all is well");
        Trouble().ShouldNotBeNull();
    }

    [Fact]
    public async Task Every_command_press_and_form_is_acknowledged_whatever_is_missing_in_it()
    {
        room = await MailStuckAsync();
        var samples = Payload.All("slack").Where(name => !name.StartsWith("slack/Events_", StringComparison.Ordinal)).Select(Sample);
        foreach (var payload in samples.Concat([Press(), Submission(), Shortcut()]))
        {
            foreach (var maimed in Maimed(payload))
                (await Slack.Delivery.ActAsync("interactive", maimed.AsObject())).Came.ShouldBeTrue(maimed.ToJsonString());
        }

        foreach (var maimed in Maimed(Command()))
            (await Slack.Delivery.ActAsync("slash_commands", maimed.AsObject())).Came.ShouldBeTrue(maimed.ToJsonString());
        (await Anna.Types("/incident list")).ShouldContain("inc-1");
        Trouble().ShouldNotBeNull();
    }

    [Fact]
    public async Task Who_pressed_what_cannot_be_read_is_told_so()
    {
        room = await MailStuckAsync();
        var maimed = Submission();
        maimed["view"]!["private_metadata"] = null;
        (await Slack.Delivery.ActAsync("interactive", maimed)).Came.ShouldBeTrue();
        await Slack.Direct(Anna).ExpectsCard("cannot read", "private_metadata is missing");
        var command = Command();
        command.Remove("trigger_id");
        ((string?)(await Slack.Delivery.ActAsync("slash_commands", command)).Payload["text"])!.ShouldContain("trigger_id is missing");
    }

    [Fact]
    public async Task A_message_without_a_text_is_told_by_its_blocks_once()
    {
        room = await MailStuckAsync();
        var said = Message(room, "1700000001.000100");
        said["text"] = null;
        (await Slack.Delivery.SendAsync(Outer(said))).ShouldBeTrue();
        await Tells("the queue grows\nqueue: 4,000 [https://fake.slack.test/files/F1]");
        Slack.Delivery.Lost.ShouldBe(0);
        Trouble().ShouldBeNull();
    }

    private string? Trouble() =>
        Bot
            .Services.GetServices<IChatPlatform>()
            .Single(one => one.Name == "slack")
            .Troubles.FirstOrDefault(trouble => trouble.Contains("could not be read", StringComparison.Ordinal));

    private JsonObject Outer(JsonObject inner) =>
        new()
        {
            ["token"] = "verification-token",
            ["team_id"] = Workspace.TeamId,
            ["api_app_id"] = Workspace.AppId,
            ["event"] = inner.DeepClone(),
            ["type"] = "event_callback",
            ["event_id"] = $"EvMaimed{++told}",
            ["event_time"] = 1700000000,
        };

    // A real payload, about the people and the channel of this story.
    private JsonObject Sample(string name)
    {
        var payload = JsonNode.Parse(Payload.Read(name))!.AsObject();
        Settle(payload);
        return payload;
    }

    private void Settle(JsonNode? node)
    {
        foreach (var child in node is JsonArray list ? [.. list] : Array.Empty<JsonNode?>())
            Settle(child);
        if (node is not JsonObject json)
            return;
        foreach (var (name, value) in json.ToList())
        {
            var id =
                name is "user" ? Anna.User.Id
                : name is "channel" ? room.Channel.Id
                : null;
            if (id is not null && value is JsonValue)
                json[name] = id;
            else if (id is not null && value is JsonObject whose && whose.ContainsKey("id"))
                whose["id"] = id;
            else
                Settle(value);
        }
    }

    private JsonObject Message(Place where, string ts) =>
        new()
        {
            ["type"] = "message",
            ["user"] = Bruno.User.Id,
            ["text"] = "the queue grows",
            ["ts"] = ts,
            ["client_msg_id"] = "c1",
            ["team"] = Workspace.TeamId,
            ["blocks"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "rich_text",
                    ["elements"] = new JsonArray(
                        new JsonObject
                        {
                            ["type"] = "rich_text_section",
                            ["elements"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "the queue grows" }),
                        }
                    ),
                }
            ),
            ["attachments"] = new JsonArray(
                new JsonObject
                {
                    ["fallback"] = "a graph",
                    ["fields"] = new JsonArray(new JsonObject { ["title"] = "queue", ["value"] = "4,000" }),
                }
            ),
            ["files"] = new JsonArray(
                new JsonObject
                {
                    ["id"] = "F1",
                    ["name"] = "queue.png",
                    ["permalink"] = "https://fake.slack.test/files/F1",
                }
            ),
            ["reactions"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "pushpin",
                    ["users"] = new JsonArray(Anna.User.Id),
                    ["count"] = 1,
                }
            ),
            ["edited"] = new JsonObject { ["user"] = Bruno.User.Id, ["ts"] = "1700000009.000000" },
            ["channel"] = where.Channel.Id,
            ["channel_type"] = "channel",
            ["event_ts"] = ts,
        };

    private IEnumerable<JsonObject> Told(SlackMessage made)
    {
        var message = Message(room, "1700000002.000100");
        yield return message;
        var changed = Events.Changed(Slack.Workspace, room.Channel, made, made.ToJson(metadata: false));
        changed["message"] = Message(room, made.Ts);
        changed["previous_message"] = Message(room, made.Ts);
        yield return changed;
        yield return Events.Deleted(Slack.Workspace, room.Channel, made);
        yield return Events.Reaction(Slack.Workspace, room.Channel, made, "pushpin", Bruno.User.Id);
        yield return Events.HomeOpened(Slack.Workspace, Anna.User);
    }

    private IEnumerable<JsonObject> Endings(Place other)
    {
        yield return Events.ChannelIs(Slack.Workspace, other.Channel, "archive", Anna.User.Id);
        yield return Events.IdChanged(Slack.Workspace, other.Channel, other.Channel with { Id = "C0OTHER0001" });
    }

    private JsonObject Press()
    {
        var payload = Anna.Interaction("block_actions");
        payload["container"] = new JsonObject
        {
            ["type"] = "message",
            ["message_ts"] = "1700000003.000100",
            ["channel_id"] = room.Channel.Id,
        };
        payload["channel"] = new JsonObject { ["id"] = room.Channel.Id, ["name"] = room.Channel.Name };
        payload["actions"] = new JsonArray(
            new JsonObject
            {
                ["type"] = "static_select",
                ["action_id"] = CardBlocks.MenuAction + "-0",
                ["block_id"] = "b",
                ["action_ts"] = "1700000004.000100",
                ["selected_option"] = new JsonObject
                {
                    ["text"] = new JsonObject { ["type"] = "plain_text", ["text"] = "List" },
                    ["value"] = "/incident list",
                },
            }
        );
        return payload;
    }

    private JsonObject Submission()
    {
        var payload = Anna.Interaction("view_submission");
        payload["view"] = new JsonObject
        {
            ["id"] = "V1",
            ["type"] = "modal",
            ["callback_id"] = FormViews.CallbackId,
            ["private_metadata"] = $$"""{"command":"/incident list","room":"{{room.Channel.Id}}"}""",
            ["state"] = new JsonObject
            {
                ["values"] = new JsonObject
                {
                    ["positional.text"] = new JsonObject { ["answer"] = Answer("plain_text_input", "value", "open") },
                    ["option.who"] = new JsonObject { ["answer"] = Answer("users_select", "selected_user", Bruno.User.Id) },
                    ["option.which"] = new JsonObject
                    {
                        ["answer"] = Answer("static_select", "selected_option", new JsonObject { ["value"] = "a" }),
                    },
                    ["option.yes"] = new JsonObject
                    {
                        ["answer"] = Answer("checkboxes", "selected_options", new JsonArray(new JsonObject { ["value"] = "true" })),
                    },
                },
            },
        };
        return payload;
    }

    private static JsonObject Answer(string type, string name, JsonNode value) => new() { ["type"] = type, [name] = value };

    private JsonObject Shortcut()
    {
        var payload = Anna.Interaction("message_action");
        payload["callback_id"] = "add_to_timeline";
        payload["channel"] = new JsonObject { ["id"] = room.Channel.Id, ["name"] = room.Channel.Name };
        payload["message"] = Message(room, "1700000005.000100");
        return payload;
    }

    private JsonObject Command() =>
        new()
        {
            ["command"] = "/incident",
            ["text"] = "list",
            ["user_id"] = Anna.User.Id,
            ["user_name"] = "anna",
            ["channel_id"] = room.Channel.Id,
            ["trigger_id"] = "1.2.3",
        };

    /// <summary>It as it is, and without each of its parts: missing, null, of another kind.</summary>
    private static IEnumerable<JsonNode> Maimed(JsonObject whole)
    {
        yield return whole.DeepClone();
        foreach (var path in Paths(whole))
        {
            foreach (var how in (Action<JsonNode, object>[])[Remove, (parent, key) => Put(parent, key, null), Turn])
            {
                var clone = whole.DeepClone();
                how(path[..^1].Aggregate((JsonNode)clone, (node, key) => At(node, key)!), path[^1]);
                yield return clone;
            }
        }
    }

    private static IEnumerable<object[]> Paths(JsonNode? node) =>
        (
            node switch
            {
                JsonObject json => json.Select(member => (Key: (object)member.Key, member.Value)),
                JsonArray list => list.Select((value, at) => (Key: (object)at, Value: value)),
                _ => [],
            }
        ).SelectMany(child => Paths(child.Value).Select(path => (object[])[child.Key, .. path]).Prepend([child.Key]));

    private static JsonNode? At(JsonNode parent, object key) => key is int at ? parent[at] : parent[(string)key];

    private static void Remove(JsonNode parent, object key)
    {
        if (key is int at)
            parent.AsArray().RemoveAt(at);
        else
            parent.AsObject().Remove((string)key);
    }

    private static void Put(JsonNode parent, object key, JsonNode? value)
    {
        if (key is int at)
            parent[at] = value;
        else
            parent[(string)key] = value;
    }

    private static void Turn(JsonNode parent, object key) =>
        Put(parent, key, At(parent, key) is JsonValue value && value.TryGetValue<string>(out _) ? new JsonArray(7) : "another kind");
}

public sealed class MaimedSocketStories : MaimedStories;

public sealed class MaimedHttpStories : MaimedStories
{
    private protected override bool OverHttp => true;
}
