using System.Text.Json.Nodes;
using Tests.Support;

namespace Tests.FakeSlack;

/// <summary>Somebody in the workspace, as they type and press.</summary>
internal sealed class Person(SlackServer server, SlackUser user)
{
    private readonly Workspace workspace = server.Workspace;

    public SlackUser User => user;

    /// <summary>Types a slash command.</summary>
    /// <returns>What they are answered, at once or a little later, visible to them alone.</returns>
    public async Task<string> Types(string line, string channel = "general")
    {
        var before = HeardCount();
        var opened = OpenViews();
        var ack = await CommandAsync(line, channel);
        ack.Came.ShouldBeTrue($"{line} was not acknowledged in time");
        Sees(ack.Payload, channel);
        return Said(ack.Payload)
            ?? await Until.Comes(() => Task.FromResult(HeardSince(before) ?? (OpenViews() > opened ? "" : null)), "an answer to " + line);
    }

    /// <summary>The acknowledgement alone, as Slack gets it.</summary>
    public Task<Ack> CommandAsync(string line, string channel = "general")
    {
        var blank = line.IndexOf(' ', StringComparison.Ordinal);
        JsonObject payload;
        lock (workspace.Gate)
        {
            var where = server.Channel(channel).Channel;
            payload = new JsonObject
            {
                ["token"] = "verification-token",
                ["team_id"] = Workspace.TeamId,
                ["team_domain"] = "fake",
                ["channel_id"] = where.Id,
                ["channel_name"] = where.Name,
                ["user_id"] = user.Id,
                ["user_name"] = user.Name,
                ["command"] = blank < 0 ? line : line[..blank],
                ["text"] = blank < 0 ? "" : server.Escaped(line[(blank + 1)..]),
                ["api_app_id"] = Workspace.AppId,
                ["is_enterprise_install"] = "false",
                ["response_url"] = server.NewResponseUrl(where.Id, user.Id, null),
                ["trigger_id"] = workspace.NewTrigger(user.Id),
            };
        }

        return server.Delivery.ActAsync("slash_commands", payload);
    }

    /// <summary>Writes a message into a channel.</summary>
    /// <param name="thread">The message that it answers; null: none.</param>
    public SlackMessage Writes(string text, string channel, SlackMessage? thread = null, params IReadOnlyList<string> files)
    {
        lock (workspace.Gate)
        {
            var where = server.Channel(channel).Channel;
            where.Members.Add(user.Id);
            var message = new SlackMessage(workspace.NewTs(), user.Id) { Text = text, ThreadTs = thread?.Ts };
            message.FileIds.AddRange(files);
            where.Messages.Add(message);
            workspace.Tell(Events.Message(where, message));
            return message;
        }
    }

    public void Edits(SlackMessage message, string text, string channel)
    {
        lock (workspace.Gate)
        {
            var before = message.ToJson(metadata: false);
            message.Text = text;
            message.Edited(workspace.Time.GetUtcNow());
            workspace.Tell(Events.Changed(workspace, server.Channel(channel).Channel, message, before));
        }
    }

    /// <param name="tells">Whether Slack says what stood there.</param>
    public void Deletes(SlackMessage message, string channel, bool tells = true)
    {
        lock (workspace.Gate)
        {
            message.Deleted = true;
            var where = server.Channel(channel).Channel;
            where.Pins.Remove(message.Ts);
            workspace.Tell(Events.Deleted(workspace, where, message, tells));
        }
    }

    public void Archives(Place place)
    {
        lock (workspace.Gate)
        {
            place.Channel.IsArchived = true;
            workspace.Tell(Events.ChannelIs(workspace, place.Channel, "archive", user.Id));
        }
    }

    public void Deletes(Place place)
    {
        lock (workspace.Gate)
        {
            workspace.Channels.Remove(place.Channel);
            workspace.Tell(Events.ChannelIs(workspace, place.Channel, "deleted", user.Id));
        }
    }

    /// <summary>Shares a private channel with another company: it has another id from now on.</summary>
    public void Shares(Place place)
    {
        lock (workspace.Gate)
        {
            var shared = place.Channel with { Id = workspace.NewId("C") };
            workspace.Channels[workspace.Channels.IndexOf(place.Channel)] = shared;
            workspace.Tell(Events.IdChanged(workspace, place.Channel, shared));
        }
    }

    /// <summary>Makes a private channel public: Slack writes so into it, and everybody can read what stands there.</summary>
    public void MakesPublic(Place place)
    {
        lock (workspace.Gate)
        {
            place.Channel.IsPrivate = false;
            var message = new SlackMessage(workspace.NewTs(), user.Id)
            {
                Text = "made this channel *public*. Any member in this workspace can see and join it.",
                Odd = new JsonObject { ["subtype"] = "channel_convert_to_public" },
            };
            place.Channel.Messages.Add(message);
            workspace.Tell(Events.Message(place.Channel, message));
        }
    }

    public void Leaves(string channel)
    {
        lock (workspace.Gate)
            server.Channel(channel).Channel.Members.Remove(user.Id);
    }

    public void Reacts(string emoji, SlackMessage message, string channel)
    {
        lock (workspace.Gate)
            ChatMethods.React(workspace, server.Channel(channel).Channel, message, emoji, user.Id);
    }

    /// <summary>Opens the app's home.</summary>
    public void LooksAtHome()
    {
        lock (workspace.Gate)
            workspace.Tell(Events.HomeOpened(workspace, user));
    }

    /// <summary>Presses a button by its label.</summary>
    public Task Presses(string button, Card card) => ActsAsync(card, card.Button(button), null, $"the button {button}");

    /// <summary>Presses a button as it was: on a screen that has not followed yet.</summary>
    public Task PressesStill(JsonObject button, Card card) => ActsAsync(card, button, null, "a button of before");

    /// <summary>Chooses from a menu, by its label and the choice's.</summary>
    public Task Chooses(string menu, string choice, Card card)
    {
        var element = card.Menu(menu);
        var option =
            element["options"]!.AsArray().FirstOrDefault(option => (string?)option!["text"]!["text"] == choice)
            ?? throw new ShouldAssertException($"The menu '{menu}' has no '{choice}'.");
        return ActsAsync(card, element, (JsonObject)option, $"the menu {menu}");
    }

    private async Task ActsAsync(Card card, JsonObject element, JsonObject? option, string what)
    {
        JsonObject payload;
        lock (workspace.Gate)
        {
            payload = Interaction("block_actions");
            payload["container"] = new JsonObject
            {
                ["type"] = "message",
                ["message_ts"] = card.Message.Ts,
                ["channel_id"] = card.Channel.Id,
                ["is_ephemeral"] = false,
            };
            payload["channel"] = new JsonObject { ["id"] = card.Channel.Id, ["name"] = card.Channel.Name };
            payload["message"] = card.Message.ToJson(metadata: true);
            payload["state"] = new JsonObject { ["values"] = new JsonObject() };
            payload["response_url"] = server.NewResponseUrl(card.Channel.Id, user.Id, card.Message.Ts);
            payload["actions"] = new JsonArray(Action(element, option));
        }

        (await server.Delivery.ActAsync("interactive", payload)).Came.ShouldBeTrue($"{what} was not acknowledged");
    }

    /// <summary>Presses a button on the app's home.</summary>
    public async Task PressesAtHome(string button)
    {
        JsonObject payload;
        lock (workspace.Gate)
        {
            var home = workspace.Homes.GetValueOrDefault(user.Id) ?? throw new ShouldAssertException($"{user.Name} has no home.");
            var message = new SlackMessage("home", Workspace.BotUserId) { Blocks = home["blocks"]!.DeepClone().AsArray() };
            payload = Interaction("block_actions");
            payload["container"] = new JsonObject { ["type"] = "view", ["view_id"] = "V-home-" + user.Id };
            payload["view"] = new JsonObject { ["id"] = "V-home-" + user.Id, ["type"] = "home" };
            payload["actions"] = new JsonArray(Action(new Card(workspace.DirectChannel(user.Id), message).Button(button), null));
        }

        (await server.Delivery.ActAsync("interactive", payload)).Came.ShouldBeTrue($"the button {button} was not acknowledged");
    }

    /// <summary>Comes to see this on the app's home.</summary>
    public Task SeesAtHome(params string[] parts) =>
        Until.Holds(
            () =>
            {
                lock (workspace.Gate)
                {
                    var text = Card.TextOf(workspace.Homes.GetValueOrDefault(user.Id)?["blocks"]);
                    return Task.FromResult(parts.All(part => text.Contains(part, StringComparison.Ordinal)));
                }
            },
            $"{string.Join(" and ", parts)} on the home of {user.Name}",
            () => Task.FromResult(Card.TextOf(workspace.Homes.GetValueOrDefault(user.Id)?["blocks"]))
        );

    /// <summary>Chooses a message shortcut ("Add to timeline").</summary>
    public async Task UsesShortcut(string callbackId, SlackMessage message, string channel)
    {
        JsonObject payload;
        lock (workspace.Gate)
        {
            var where = server.Channel(channel).Channel;
            payload = Interaction("message_action");
            payload["callback_id"] = callbackId;
            payload["channel"] = new JsonObject { ["id"] = where.Id, ["name"] = where.Name };
            payload["message"] = message.ToJson(metadata: false);
            payload["message_ts"] = message.Ts;
            payload["response_url"] = server.NewResponseUrl(where.Id, user.Id, message.Ts);
        }

        (await server.Delivery.ActAsync("interactive", payload)).Came.ShouldBeTrue($"the shortcut {callbackId} was not acknowledged");
    }

    /// <summary>Chooses a shortcut that is about no message.</summary>
    public async Task UsesShortcut(string callbackId)
    {
        JsonObject payload;
        lock (workspace.Gate)
        {
            payload = Interaction("shortcut");
            payload["callback_id"] = callbackId;
        }

        (await server.Delivery.ActAsync("interactive", payload)).Came.ShouldBeTrue($"the shortcut {callbackId} was not acknowledged");
    }

    /// <summary>The modal that is open for them, with this title.</summary>
    public Task<Modal> SeesModal(string title) =>
        Until.Comes(
            () =>
            {
                lock (workspace.Gate)
                {
                    var view = workspace.Views.FindLast(view =>
                        view.User == user.Id && view.IsOpen && (string?)view.View["title"]?["text"] == title
                    );
                    return Task.FromResult(view is null ? null : new Modal(server, this, view));
                }
            },
            $"a modal '{title}' for {user.Name}",
            () =>
                Task.FromResult(
                    "Open: " + string.Join(", ", workspace.Views.Where(view => view.IsOpen).Select(view => view.View["title"]?["text"]))
                )
        );

    /// <summary>What only they see; waits until it comes.</summary>
    public Task<string> Hears(string part) =>
        Until.Comes(
            () =>
            {
                lock (workspace.Gate)
                    return Task.FromResult(Heard().LastOrDefault(text => text.Contains(part, StringComparison.Ordinal)));
            },
            $"'{part}' for {user.Name} alone",
            () => Task.FromResult(string.Join(" | ", Heard()))
        );

    /// <summary>A card that only they see, by what can be read on it; waits until it comes.</summary>
    public Task<Card> SeesCard(params string[] parts) =>
        Until.Comes(
            () =>
            {
                lock (workspace.Gate)
                {
                    return Task.FromResult(
                        workspace
                            .Ephemerals.Where(seen => seen.User == user.Id && workspace.Channel(seen.Channel) is not null)
                            .Select(seen => new Card(
                                workspace.Channel(seen.Channel)!,
                                new SlackMessage("ephemeral", Workspace.BotUserId) { Text = seen.Text, Blocks = seen.Blocks }
                            ))
                            .LastOrDefault(card => parts.All(part => card.Text.Contains(part, StringComparison.Ordinal)))
                    );
                }
            },
            $"a card with {string.Join(" and ", parts)} for {user.Name} alone",
            () => Task.FromResult(string.Join(" | ", Heard()))
        );

    public JsonObject Interaction(string type) =>
        new()
        {
            ["type"] = type,
            ["token"] = "verification-token",
            ["team"] = new JsonObject { ["id"] = Workspace.TeamId, ["domain"] = "fake" },
            ["user"] = new JsonObject
            {
                ["id"] = user.Id,
                ["username"] = user.Name,
                ["name"] = user.Name,
                ["team_id"] = user.TeamId,
            },
            ["api_app_id"] = Workspace.AppId,
            ["trigger_id"] = workspace.NewTrigger(user.Id),
        };

    private JsonObject Action(JsonObject element, JsonObject? option)
    {
        var action = new JsonObject
        {
            ["type"] = (string?)element["type"],
            ["action_id"] = (string?)element["action_id"],
            ["block_id"] = (string?)element["block_id"] ?? "b",
            ["action_ts"] = workspace.NewTs(),
        };
        if (option is not null)
        {
            action["selected_option"] = option.DeepClone();
            action["placeholder"] = element["placeholder"]?.DeepClone();
            return action;
        }

        action["text"] = element["text"]?.DeepClone();
        action["value"] = (string?)element["value"];
        return action;
    }

    // What is said with the acknowledgement stands in the channel for them alone.
    private void Sees(JsonObject answer, string channel)
    {
        if (Said(answer) is not { } text)
            return;
        var blocks = answer["blocks"]?.DeepClone().AsArray();
        BlockLimits.OfMessage(blocks).ShouldBeEmpty();
        lock (workspace.Gate)
            workspace.Ephemerals.Add(new Ephemeral(server.Channel(channel).Channel.Id, user.Id, text, blocks));
    }

    private IEnumerable<string> Heard() =>
        workspace.Ephemerals.Where(seen => seen.User == user.Id).Select(seen => seen.Text + "\n" + Card.TextOf(seen.Blocks));

    private int HeardCount()
    {
        lock (workspace.Gate)
            return Heard().Count();
    }

    private int OpenViews()
    {
        lock (workspace.Gate)
            return workspace.Views.Count(view => view.User == user.Id && view.IsOpen);
    }

    private string? HeardSince(int before)
    {
        lock (workspace.Gate)
            return Heard().Skip(before).FirstOrDefault();
    }

    private static string? Said(JsonObject payload) => (string?)payload["text"] is { Length: > 0 } text ? text : null;
}
