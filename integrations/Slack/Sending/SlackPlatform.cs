using Integrations.Slack.Api;
using Integrations.Slack.Channels;
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
    SlackChannels channels,
    SlackMembership membership,
    SlackPrivacy privacy,
    SlackPeople people,
    SlackFinder finder,
    SlackMessages messages,
    SlackHistory stands,
    SlackReadBack readBack,
    SlackFiles files,
    SlackState state,
    SlackArrivals arrivals
) : IChatPlatform
{
    internal const string PlatformName = "slack";
    internal const string MetadataType = "incident_message";
    private const int LookBack = 200;
    private const int MostPages = 20;

    // Its clock and ours may differ, and what is looked for may be stamped a moment earlier.
    internal static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(2);

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
                ChatOperation.Invite => SlackMethod.Invite,
                ChatOperation.Post => SlackMethod.PostMessage,
                ChatOperation.Update => SlackMethod.Update,
                _ => SlackMethod.History,
            },
            operation is ChatOperation.Post ? roomId : null,
            priority
        );

    public Task<ChatReceipt> OpenRoomAsync(ChatRoom room, CancellationToken cancel) => channels.OpenAsync(room, cancel);

    public Task<ChatReceipt> EnterRoomAsync(string room, bool isPrivate, string? person, CancellationToken cancel) =>
        channels.EnterAsync(room, isPrivate, person, cancel);

    public Task<string?> NameOfAsync(string room, CancellationToken cancel) => channels.NameOfAsync(room, cancel);

    public async Task<ChatReceipt> DressRoomAsync(ChatRoom room, RoomDress dress, CancellationToken cancel) =>
        await privacy.WhyNotAsync(room, CardPriority.State, cancel) ?? await dresses.PutOnAsync(room.PlatformId!, dress, cancel);

    public Task<ChatReceipt> InviteAsync(ChatRoom room, string person, CancellationToken cancel) =>
        membership.InviteAsync(room.PlatformId!, person, cancel);

    public async Task<ChatReceipt> PostAsync(ChatRoom room, ChatMessage message, CancellationToken cancel)
    {
        if (await privacy.WhyNotAsync(room, CardPriority.Page, cancel) is { } exposed)
            return exposed;
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
        var posted = await calls.PacedAsMemberAsync(
            room.PlatformId!,
            SlackMethod.PostMessage,
            room.PlatformId,
            CardPriority.Page,
            () => api.Chat.PostMessage(arguments, cancel),
            cancel
        );
        if (posted.IsOk)
            arrivals.Posted(room.PlatformId!);
        return posted.ToReceipt(posted.Value?.Ts);
    }

    public async Task<ChatReceipt> UpdateAsync(ChatRoom room, string messageId, ChatMessage message, CancellationToken cancel)
    {
        if (await privacy.WhyNotAsync(room, CardPriority.Page, cancel) is { } exposed)
            return exposed;
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
        var updated = await calls.PacedAsMemberAsync(
            room.PlatformId!,
            SlackMethod.Update,
            null,
            CardPriority.Page,
            () => api.Chat.Update(arguments, cancel),
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
                Oldest = SlackText.Ts(since - ClocksDiffer),
                IncludeAllMetadata = true,
                Limit = LookBack,
                Cursor = cursor,
            };
            var history = await calls.PacedAsMemberAsync(
                room.PlatformId!,
                SlackMethod.History,
                null,
                CardPriority.Page,
                () => api.Conversations.History(arguments, cancel),
                cancel
            );
            if (!history.IsOk)
                return history.ToReceipt();
            if (
                stands
                    .Read(room.PlatformId!, history.Value!)
                    .FirstOrDefault(message => message.Ts != known && IdOf(message.Metadata) == id) is
                { } found
            )
                return ChatReceipt.Done(found.Ts) with { Room = room.PlatformId };
            cursor = history.Value!.ResponseMetadata?.NextCursor;
            if (string.IsNullOrEmpty(cursor))
                return ChatReceipt.Done();
        }

        return ChatReceipt.Refused("the channel's history is too long to look through");
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

    public Task<ChatPerson> AskAnewAsync(ChatPerson person, CancellationToken cancel) =>
        people.FindAnewAsync(person.Id, person.Name, cancel);

    public Task<ChatFoundPerson> LookForAsync(string name, CancellationToken cancel) => finder.FindAsync(name, cancel);

    public async Task<ChatReceipt> UploadAsync(ChatRoom room, ChatFile file, CancellationToken cancel) =>
        await privacy.WhyNotAsync(room, CardPriority.Card, cancel) ?? await files.UploadAsync(room.PlatformId!, file, cancel);

    public async Task<ChatFound?> ReadAsync(string link, string? person, CancellationToken cancel)
    {
        if (SlackMessages.Place(link) is not var (channel, ts))
            return null;
        var reading = messages.ReadAsync(channel, ts, cancel);
        var asked = await membership.InfoAsync(channel, cancel);
        var (message, unread) = await reading;
        if ((unread?.Error ?? (asked.IsOk ? null : asked.Error)) is { } trouble)
            return new ChatFound(null, $"Slack does not show me that message ({trouble}). Invite me to its channel first.");
        if (await membership.WhyNotAsync(asked.Value!.Channel!, person, cancel) is { } secret)
            return new ChatFound(null, secret.Error);
        if (message is null)
            return new ChatFound(null, "There is no such message.");
        if (message.IsUnread)
            return new ChatFound(null, "Slack shows me that message in a way that I cannot read.");
        var line = await people.LineAsync(channel, message, cancel);
        return new ChatFound(line with { Room = channel }, null);
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

    private static MessageMetadata Metadata(ChatMessage message) =>
        new()
        {
            EventType = MetadataType,
            EventPayload = new Dictionary<string, string> { ["id"] = message.Id },
        };

    private static string? IdOf(HistoryMetadata? metadata) =>
        metadata is { EventType: MetadataType, EventPayload: { } payload } ? payload.Text("id") : null;
}
