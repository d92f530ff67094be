using Integrations.Slack.Api;
using Integrations.Slack.Inbound;
using Integrations.Slack.People;
using Integrations.Slack.Rendering;

namespace Integrations.Slack.Sending;

/// <summary>Slack as a chat platform: rooms are channels, cards are messages with blocks.</summary>
internal sealed class SlackPlatform(
    SlackOptions options,
    SlackApi api,
    SlackCalls calls,
    SlackDress dresses,
    SlackPacing pacing,
    SlackSelf self,
    SlackPeople people,
    SlackMessages messages,
    SlackReadBack readBack,
    SlackFiles files,
    SlackState state,
    SlackArrivals arrivals,
    IChatDirectory directory
) : IChatPlatform
{
    internal const string PlatformName = "slack";
    internal const string MetadataType = "incident_message";
    private const int LookBack = 200;

    /// <summary>Channels a page: the method may be called 20 times a minute only.</summary>
    private const int MostListed = 999;
    private const int MostPages = 20;

    // Its clock and ours may differ, and what is looked for may be stamped a moment earlier.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(2);

    public string Name => PlatformName;

    public bool IsOn => options.IsOn;

    public bool ReadsTheLog => false;

    public long Gaps => state.Gaps;

    public IReadOnlyList<string>? MembersOf(string group) => people.KnowsGroups ? [.. people.MembersOf(group)] : null;

    public long GroupChanges => people.GroupChanges;

    public void Begin() => state.ForgetTopics();

    public IReadOnlyList<string> Troubles =>
        !IsOn ? []
        : arrivals.Trouble is { } silent ? [.. state.Troubles, silent]
        : state.Troubles;

    public string? Unseen => IsOn ? arrivals.Unseen : null;

    public TimeSpan WaitFor(ChatOperation operation, string? roomId, CardPriority priority) =>
        pacing.WaitFor(
            operation switch
            {
                ChatOperation.OpenRoom => SlackMethod.Create,
                ChatOperation.DressRoom => SlackMethod.SetTopic,
                ChatOperation.Post => SlackMethod.PostMessage,
                ChatOperation.Update => SlackMethod.Update,
                _ => SlackMethod.History,
            },
            operation is ChatOperation.Post ? roomId : null,
            priority
        );

    public async Task<ChatReceipt> OpenRoomAsync(ChatRoom room, CancellationToken cancel)
    {
        // A channel that an earlier try made is told from others by who made it.
        if (await self.KnowAsync(cancel) is { } unknown)
            return unknown.ToReceipt();
        var first = RoomNames.Of(room.Name, room.Incident);
        IReadOnlyDictionary<string, Conversation>? taken = null;
        foreach (var name in RoomNames.Candidates(first, room.Incident))
        {
            if (taken?.GetValueOrDefault(name) is { } there)
            {
                if (IsOf(there, room))
                    return await ClaimAsync(room, there.Id, cancel);
                continue;
            }

            var created = await calls.PacedAsync(
                SlackMethod.Create,
                null,
                api.Conversations.Create(new ConversationsCreate { Name = name, IsPrivate = room.Private }, cancel),
                cancel
            );
            if (created.IsOk)
                return await ClaimAsync(room, created.Value!.Channel!.Id, cancel);
            if (created.Error is not "name_taken")
                return created.ToReceipt() is { IsRefusal: true } refused
                    ? refused with
                    {
                        Error = SlackErrors.OfCreating(created.Error),
                    }
                    : created.ToReceipt();
            if (taken is not null)
                continue;
            // Taken by an earlier try of ours whose answer was lost, or by somebody else's channel: one look tells it of every name.
            (taken, var receipt) = await ListAsync(cancel);
            if (receipt is not null)
                return receipt;
            if (taken!.GetValueOrDefault(name) is { } found && IsOf(found, room))
                return await ClaimAsync(room, found.Id, cancel);
        }

        return Refused(
            $"every name from #{first} to #{RoomNames.Candidates(first, room.Incident).Last()} is taken. Give Chat:Room:Name a template with {{incident}} in it, rename the incident, or take a channel that is there."
        );
    }

    public Task<ChatReceipt> DressRoomAsync(ChatRoom room, RoomDress dress, CancellationToken cancel) =>
        dresses.PutOnAsync(room.PlatformId!, dress, cancel);

    public async Task<ChatReceipt> PostAsync(ChatRoom room, ChatMessage message, CancellationToken cancel)
    {
        var mention = people.Mention(message.Calls);
        var arguments = new ChatPostMessage
        {
            Channel = room.PlatformId!,
            Text = CardBlocks.Fallback(message, mention),
            Blocks = CardBlocks.Of(message, mention),
            Metadata = Metadata(message),
            UnfurlLinks = false,
            UnfurlMedia = false,
        };
        var posted = await calls.AsMemberAsync(
            SlackMethod.PostMessage,
            room.PlatformId,
            room.PlatformId!,
            () => api.Chat.PostMessage(arguments, cancel),
            cancel
        );
        if (posted.IsOk)
            arrivals.Posted(room.PlatformId!);
        return posted.ToReceipt(posted.Value?.Ts);
    }

    public async Task<ChatReceipt> UpdateAsync(ChatRoom room, string messageId, ChatMessage message, CancellationToken cancel)
    {
        var mention = people.Mention(message.Calls);
        var arguments = new ChatUpdate
        {
            Channel = room.PlatformId!,
            Ts = messageId,
            Text = CardBlocks.Fallback(message, mention),
            Blocks = CardBlocks.Of(message, mention),
            Metadata = Metadata(message),
        };
        var updated = await calls.AsMemberAsync(
            SlackMethod.Update,
            null,
            room.PlatformId!,
            () => api.Chat.Update(arguments, cancel),
            cancel
        );
        // An edit is the same however often it is made: a lost answer needs no look.
        return updated.ToReceipt(messageId) with { Doubtful = false, IsGone = SlackErrors.IsOfGoneMessage(updated.Error) };
    }

    public async Task<ChatReceipt> FindAsync(ChatRoom room, string id, DateTimeOffset since, string? known, CancellationToken cancel)
    {
        if (room.PlatformId is ['U' or 'W', ..])
        {
            // Posts go to a person by their own id, but a history is that of a channel.
            var direct = await calls.PacedAsync(
                SlackMethod.OpenDirect,
                null,
                api.Conversations.Open(new ConversationsOpen(room.PlatformId), cancel),
                cancel
            );
            if (!direct.IsOk)
                return direct.ToReceipt();
            room = room with { PlatformId = direct.Value!.Channel!.Id };
        }

        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var history = await calls.AsMemberAsync(
                SlackMethod.History,
                null,
                room.PlatformId!,
                () =>
                    api.Conversations.History(
                        new ConversationsHistory
                        {
                            Channel = room.PlatformId!,
                            Oldest = SlackText.Ts(since - Slack),
                            IncludeAllMetadata = true,
                            Limit = LookBack,
                            Cursor = cursor,
                        },
                        cancel
                    ),
                cancel
            );
            if (!history.IsOk)
                return history.ToReceipt();
            if (history.Value!.Messages.FirstOrDefault(message => message.Ts != known && IdOf(message.Metadata) == id) is { } found)
                return ChatReceipt.Done(found.Ts) with { Room = room.PlatformId };
            cursor = history.Value.ResponseMetadata?.NextCursor;
            if (string.IsNullOrEmpty(cursor))
                return ChatReceipt.Done();
        }

        return Refused("the channel's history is too long to look through");
    }

    public Task<IReadOnlyList<ChatInput>?> ReadBackAsync(
        ChatRoom room,
        DateTimeOffset since,
        IReadOnlyDictionary<string, KnownMessage> known,
        CancellationToken cancel
    ) => readBack.ReadAsync(room.PlatformId!, since, known, cancel);

    public Task<ChatReceipt> UploadAsync(ChatRoom room, ChatFile file, CancellationToken cancel) =>
        files.UploadAsync(room.PlatformId!, file, cancel);

    public async Task<ChatFound?> ReadAsync(string link, string? person, CancellationToken cancel)
    {
        if (SlackMessages.Place(link) is not var (channel, ts))
            return null;
        var reading = messages.ReadAsync(channel, ts, cancel);
        var asked = await SlackApi.CallAsync(api.Conversations.Info(new ConversationsInfo(channel), cancel), cancel);
        var (message, trouble) = await reading;
        trouble ??= asked.IsOk ? null : asked.Error;
        if (trouble is not null)
            return new ChatFound(null, $"Slack does not show me that message ({trouble}). Invite me to its channel first.");
        if (await WhyNotOfAsync(asked.Value!.Channel!, person, cancel) is { } secret)
            return new ChatFound(null, secret.Error);
        if (message is null)
            return new ChatFound(null, "There is no such message.");
        var line = await people.LineAsync(channel, message, cancel);
        return new ChatFound(line with { Room = channel }, null);
    }

    public async Task<ChatReceipt> EnterRoomAsync(string room, bool isPrivate, string? person, CancellationToken cancel)
    {
        if (SlackMessages.Channel(room) is not { } roomId)
            return Refused(
                $"'{room}' is no channel. Write its id, which stands at the end of its details and begins with C, or its link; or go there and type the command in it."
            );
        var asked = await SlackApi.CallAsync(api.Conversations.Info(new ConversationsInfo(roomId), cancel), cancel);
        // A private channel that the app is not in does not exist for it.
        if (asked.Error is "channel_not_found")
            return Refused("I am not in this channel. Invite me first: /invite @incident");
        if (!asked.IsOk)
            return asked.ToReceipt();
        var channel = asked.Value!.Channel!;
        if (channel.IsIm || channel.IsMpim)
            return Refused("A direct message cannot become an incident's channel. Write: /incident declare TITLE");
        if (await WhyNotOfAsync(channel, person, cancel) is { } secret)
            return secret;
        if (channel.IsArchived)
            return Refused("This channel is archived.");
        if (isPrivate && !channel.IsPrivate)
            return Refused("The incident is private and this channel is not. Take a private one.");
        // What is said in it would stand on a timeline that everybody reads.
        if (channel.IsPrivate && !isPrivate)
            return Refused(
                "This channel is private and the incident is not. Take a public one, or make it a private incident: /incident convert TITLE --private, typed in the channel."
            );
        if (channel.IsMember)
            return ChatReceipt.Done(roomId);
        var joined = await SlackApi.CallAsync(api.Conversations.Join(new ConversationsJoin(roomId), cancel), cancel);
        return joined.IsOk ? ChatReceipt.Done(roomId)
            : joined.Outcome is SlackOutcome.Refused
                ? Refused($"I could not join this channel ({joined.Error}). Invite me: /invite @incident")
            : joined.ToReceipt();
    }

    /// <returns>Null: the channel is open to everybody, or they are in it.</returns>
    private async Task<ChatReceipt?> WhyNotOfAsync(Conversation channel, string? person, CancellationToken cancel)
    {
        if (!channel.IsPrivate && !channel.IsIm && !channel.IsMpim)
            return null;
        string? cursor = null;
        // Whoever types waits, and there is nobody of Slack to look for where it is the console.
        for (var page = 0; page < MostPages && person is not null; page++)
        {
            var members = await SlackApi.CallAsync(
                api.Conversations.Members(
                    new ConversationsMembers
                    {
                        Channel = channel.Id,
                        Limit = MostListed,
                        Cursor = cursor,
                    },
                    cancel
                ),
                cancel
            );
            if (!members.IsOk)
                return Refused($"This channel is private, and Slack does not say now whether you are in it ({members.Error}). Try again.");
            if (members.Value!.Members.Contains(person))
                return null;
            cursor = members.Value.ResponseMetadata?.NextCursor;
            if (string.IsNullOrEmpty(cursor))
                break;
        }

        return Refused("This channel is private, and you are not in it. Ask somebody who is, or type it in Slack as one of its members.");
    }

    private static ChatReceipt Refused(string why) => new(false, false, null, why);

    // The purpose says whose room it is: to people, and to a later look. That it is this one's does not hang on it.
    private async Task<ChatReceipt> ClaimAsync(ChatRoom room, string channel, CancellationToken cancel)
    {
        var set = await SlackApi.CallAsync(
            api.Conversations.SetPurpose(new ConversationsSetPurpose(channel, Purpose(room)), cancel),
            cancel
        );
        if (set.Outcome is SlackOutcome.Ok or SlackOutcome.Refused)
            state.Called("conversations.setPurpose", set.Outcome, set.Error);
        return ChatReceipt.Done(channel);
    }

    /// <returns>The channels that the app sees, by name; or why not.</returns>
    private async Task<(IReadOnlyDictionary<string, Conversation>? Channels, ChatReceipt? Receipt)> ListAsync(CancellationToken cancel)
    {
        var channels = new Dictionary<string, Conversation>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await calls.PacedAsync(
                SlackMethod.List,
                null,
                api.Conversations.List(
                    new ConversationsList
                    {
                        Types = "public_channel,private_channel",
                        ExcludeArchived = true,
                        Limit = MostListed,
                        Cursor = cursor,
                    },
                    cancel
                ),
                cancel
            );
            if (!page.IsOk)
                return (null, page.ToReceipt());
            foreach (var channel in page.Value!.Channels)
                channels[channel.Name ?? ""] = channel;
            cursor = page.Value.ResponseMetadata?.NextCursor;
        } while (!string.IsNullOrEmpty(cursor));

        return (channels, null);
    }

    /// <summary>
    /// A try for this very incident made it. Its purpose says whose it is, where it could be said before the answer was lost; without one it is
    /// told by who made it and when, and by no other incident that may have made it.
    /// </summary>
    private bool IsOf(Conversation channel, ChatRoom room) =>
        channel.Creator == state.BotUser
        && IsAs(channel, room)
        && (directory.IncidentOf(PlatformName, channel.Id) ?? room.Incident) == room.Incident
        && (
            channel.Purpose?.Value == Purpose(room)
            || (
                channel.Purpose is not { Value.Length: > 0 }
                && !room.Rivals.Any(rival => IsAs(channel, rival) && Names(rival).Contains(channel.Name))
            )
        );

    // As open as it is to be, and not there before somebody asked for it.
    private static bool IsAs(Conversation channel, ChatRoom room) =>
        channel.IsPrivate == room.Private && DateTimeOffset.FromUnixTimeSeconds(channel.Created) >= room.Since - Slack;

    private static IEnumerable<string> Names(ChatRoom room) => RoomNames.Candidates(RoomNames.Of(room.Name, room.Incident), room.Incident);

    private static string Purpose(ChatRoom room) => "Incident " + room.Incident;

    private static MessageMetadata Metadata(ChatMessage message) =>
        new()
        {
            EventType = MetadataType,
            EventPayload = new Dictionary<string, string> { ["id"] = message.Id },
        };

    private static string? IdOf(HistoryMetadata? metadata) =>
        metadata is { EventType: MetadataType, EventPayload: { ValueKind: System.Text.Json.JsonValueKind.Object } payload }
        && payload.TryGetProperty("id", out var id)
            ? id.GetString()
            : null;
}
