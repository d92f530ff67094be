using System.Collections.Immutable;
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
    SlackFinder finder,
    SlackMessages messages,
    SlackReadBack readBack,
    SlackFiles files,
    SlackState state,
    SlackArrivals arrivals,
    IChatDirectory directory,
    TimeProvider time
) : IChatPlatform
{
    internal const string PlatformName = "slack";
    internal const string MetadataType = "incident_message";
    private const int LookBack = 200;

    /// <summary>Channels a page: the method may be called 20 times a minute only.</summary>
    private const int MostListed = 999;
    private const int MostPages = 20;

    // A big workspace has more pages of channels than Slack shows in a minute, or in the time of who looks: where one look ended the next one goes on.
    private volatile Listed? listed;
    private static readonly TimeSpan ListedFor = TimeSpan.FromMinutes(10);

    // Its clock and ours may differ, and what is looked for may be stamped a moment earlier.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(2);

    public string Name => PlatformName;

    public bool IsOn => options.IsOn;

    public bool ReadsTheLog => false;

    public long Gaps => state.Gaps;

    public IReadOnlyList<string>? MembersOf(string group) => people.KnowsGroups ? [.. people.MembersOf(group)] : null;

    public long GroupChanges => people.GroupChanges;

    public void Begin() => state.ForgetDress();

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

            var arguments = new ConversationsCreate { Name = name, IsPrivate = room.Private };
            var created = await calls.PacedAsync(
                SlackMethod.Create,
                null,
                CardPriority.State,
                () => api.Conversations.Create(arguments, cancel),
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
        // Who may go was decided by what it is about; here alone the limit itself is held.
        var posted = await calls.AsMemberAsync(
            room.PlatformId!,
            () =>
                calls.PacedAsync(
                    SlackMethod.PostMessage,
                    room.PlatformId,
                    CardPriority.Page,
                    () => api.Chat.PostMessage(arguments, cancel),
                    cancel
                ),
            cancel
        );
        if (posted.IsOk)
            arrivals.Posted(room.PlatformId!);
        return posted.ToReceipt(posted.Value?.Ts);
    }

    public async Task<ChatReceipt> UpdateAsync(ChatRoom room, string messageId, ChatMessage message, CancellationToken cancel)
    {
        var (place, trouble) = await ChannelOfAsync(room, cancel);
        if (trouble is not null)
            return trouble with { Doubtful = false };
        room = place;
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
            room.PlatformId!,
            () => calls.PacedAsync(SlackMethod.Update, null, CardPriority.Page, () => api.Chat.Update(arguments, cancel), cancel),
            cancel
        );
        // An edit is the same however often it is made: a lost answer needs no look.
        return updated.ToReceipt(messageId) with { Doubtful = false, IsGone = SlackErrors.IsOfGoneMessage(updated.Error) };
    }

    public async Task<ChatReceipt> FindAsync(ChatRoom room, string id, DateTimeOffset since, string? known, CancellationToken cancel)
    {
        var (place, trouble) = await ChannelOfAsync(room, cancel);
        if (trouble is not null)
            return trouble;
        room = place;
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var arguments = new ConversationsHistory
            {
                Channel = room.PlatformId!,
                Oldest = SlackText.Ts(since - Slack),
                IncludeAllMetadata = true,
                Limit = LookBack,
                Cursor = cursor,
            };
            var history = await calls.AsMemberAsync(
                room.PlatformId!,
                () =>
                    calls.PacedAsync(
                        SlackMethod.History,
                        null,
                        CardPriority.Page,
                        () => api.Conversations.History(arguments, cancel),
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
    ) => readBack.ReadAsync(room.PlatformId!, since, room.Since, known, cancel);

    public Task<IReadOnlyList<ChatInput>?> ReadMarkedAsync(
        string room,
        DateTimeOffset since,
        IReadOnlyDictionary<string, KnownMessage> known,
        CancellationToken cancel
    ) => readBack.ReadMarkedAsync(room, since, known, cancel);

    public Task<ChatFoundPerson> LookForAsync(string name, CancellationToken cancel) => finder.FindAsync(name, cancel);

    public Task<ChatReceipt> UploadAsync(ChatRoom room, ChatFile file, CancellationToken cancel) =>
        files.UploadAsync(room.PlatformId!, file, cancel);

    public async Task<ChatFound?> ReadAsync(string link, string? person, CancellationToken cancel)
    {
        if (SlackMessages.Place(link) is not var (channel, ts))
            return null;
        var reading = messages.ReadAsync(channel, ts, cancel);
        var asked = await InfoAsync(channel, cancel);
        var (message, unread) = await reading;
        if ((unread?.Error ?? (asked.IsOk ? null : asked.Error)) is { } trouble)
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
        var roomId = SlackMessages.Channel(room);
        if (roomId is null && room is ['#', .. var name])
        {
            var (channels, receipt) = await ListAsync(cancel);
            if (receipt is not null)
                return receipt;
            // By its name nobody learns that there is a closed one.
            roomId = channels!.GetValueOrDefault(name) is { IsPrivate: false } open ? open.Id : null;
        }

        if (roomId is null)
            return Refused(
                $"'{room}' is no channel. Write its id, which stands at the end of its details and begins with C, or its link; or go there and type the command in it."
            );
        var asked = await InfoAsync(roomId, cancel);
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
        var joined = await calls.AtOnceAsync(
            SlackMethod.Join,
            null,
            () => api.Conversations.Join(new ConversationsJoin(roomId), cancel),
            cancel
        );
        return joined.IsOk ? ChatReceipt.Done(roomId)
            : joined.Outcome is SlackOutcome.Refused
                ? Refused($"I could not join this channel ({joined.Error}). Invite me: /invite @incident")
            : joined.ToReceipt();
    }

    private Task<SlackAnswer<ConversationResponse>> InfoAsync(string channel, CancellationToken cancel) =>
        calls.AtOnceAsync(SlackMethod.Info, null, () => api.Conversations.Info(new ConversationsInfo(channel), cancel), cancel);

    /// <returns>Who is in a channel, by their ids; null: Slack does not say now, or it is a bigger one than is read.</returns>
    public async Task<IReadOnlySet<string>?> InRoomAsync(string channel, CancellationToken cancel)
    {
        var inside = new HashSet<string>(StringComparer.Ordinal);
        return await ReadMembersAsync(channel, inside, _ => false, cancel) is (true, null) ? inside : null;
    }

    /// <param name="isEnough">Told after each page.</param>
    /// <returns>Whether all of them, or enough, were read; and what came instead.</returns>
    private async Task<(bool Whole, string? Error)> ReadMembersAsync(
        string channel,
        HashSet<string> inside,
        Func<HashSet<string>, bool> isEnough,
        CancellationToken cancel
    )
    {
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var arguments = new ConversationsMembers
            {
                Channel = channel,
                Limit = MostListed,
                Cursor = cursor,
            };
            // Whoever types, or is called, waits.
            var members = await calls.AtOnceAsync(SlackMethod.Members, null, () => api.Conversations.Members(arguments, cancel), cancel);
            if (!members.IsOk)
                return (false, members.Error);
            inside.UnionWith(members.Value!.Members);
            cursor = members.Value.ResponseMetadata?.NextCursor;
            if (string.IsNullOrEmpty(cursor) || isEnough(inside))
                return (true, null);
        }

        return (false, null);
    }

    /// <returns>Null: the channel is open to everybody, or they are in it.</returns>
    private async Task<ChatReceipt?> WhyNotOfAsync(Conversation channel, string? person, CancellationToken cancel)
    {
        if (!channel.IsPrivate && !channel.IsIm && !channel.IsMpim)
            return null;
        // There is nobody of Slack to look for where it is the console.
        if (person is not null)
        {
            var inside = new HashSet<string>(StringComparer.Ordinal);
            var (_, error) = await ReadMembersAsync(channel.Id, inside, found => found.Contains(person), cancel);
            if (inside.Contains(person))
                return null;
            if (error is not null)
                return Refused($"This channel is private, and Slack does not say now whether you are in it ({error}). Try again.");
        }

        return Refused("This channel is private, and you are not in it. Ask somebody who is, or type it in Slack as one of its members.");
    }

    public async Task<string?> NameOfAsync(string room, CancellationToken cancel)
    {
        var asked = await SlackApi.CallAsync(api.Conversations.Info(new ConversationsInfo(room), cancel), cancel);
        return asked is { IsOk: true, Value.Channel.Name: { } name } ? "#" + name : null;
    }

    // Posts go to a person by their own id, but a history and its messages are those of a channel.
    private async Task<(ChatRoom Room, ChatReceipt? Trouble)> ChannelOfAsync(ChatRoom room, CancellationToken cancel)
    {
        if (room.PlatformId is not ['U' or 'W', ..])
            return (room, null);
        var opening = new ConversationsOpen(room.PlatformId);
        var direct = await calls.PacedAsync(
            SlackMethod.OpenDirect,
            null,
            CardPriority.Page,
            () => api.Conversations.Open(opening, cancel),
            cancel
        );
        return direct.IsOk ? (room with { PlatformId = direct.Value!.Channel!.Id }, null) : (room, direct.ToReceipt());
    }

    private static ChatReceipt Refused(string why) => new(false, false, null, why);

    // The purpose says whose room it is: to people, and to a later look. That it is this one's does not hang on it.
    private async Task<ChatReceipt> ClaimAsync(ChatRoom room, string channel, CancellationToken cancel)
    {
        var arguments = new ConversationsSetPurpose(channel, Purpose(room));
        await calls.AtOnceAsync(SlackMethod.SetPurpose, null, () => api.Conversations.SetPurpose(arguments, cancel), cancel);
        return ChatReceipt.Done(channel);
    }

    /// <returns>The channels that the app sees, by name; or why not.</returns>
    private async Task<(IReadOnlyDictionary<string, Conversation>? Channels, ChatReceipt? Receipt)> ListAsync(CancellationToken cancel)
    {
        var (channels, cursor, at) =
            listed is { } begun && time.GetUtcNow() - begun.At < ListedFor
                ? begun
                : new Listed(ImmutableDictionary.Create<string, Conversation>(StringComparer.Ordinal), null, time.GetUtcNow());
        do
        {
            var arguments = new ConversationsList
            {
                Types = "public_channel,private_channel",
                ExcludeArchived = true,
                Limit = MostListed,
                Cursor = cursor,
            };
            var page = await calls.PacedAsync(
                SlackMethod.List,
                null,
                CardPriority.State,
                () => api.Conversations.List(arguments, cancel),
                cancel
            );
            // An old place in the list may not be known any more.
            if (page.Outcome is SlackOutcome.Refused)
                listed = null;
            if (!page.IsOk)
                return (null, page.ToReceipt());
            channels = channels.SetItems(page.Value!.Channels.Select(channel => KeyValuePair.Create(channel.Name ?? "", channel)));
            cursor = page.Value.ResponseMetadata?.NextCursor;
            listed = string.IsNullOrEmpty(cursor) ? null : new Listed(channels, cursor, at);
        } while (!string.IsNullOrEmpty(cursor));

        return (channels, null);
    }

    /// <param name="Cursor">Of the page that was not shown yet; null: the first.</param>
    private sealed record Listed(ImmutableDictionary<string, Conversation> Channels, string? Cursor, DateTimeOffset At);

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
        metadata is { EventType: MetadataType, EventPayload: { } payload } ? payload.Text("id") : null;
}
