using Integrations.Slack.Api;
using Integrations.Slack.Inbound;
using Integrations.Slack.People;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Channels;

/// <summary>Makes an incident's channel, each once whatever answer is lost, and enters those that people name.</summary>
internal sealed class SlackChannels(
    SlackApi api,
    SlackCalls calls,
    SlackSelf self,
    SlackChannelList list,
    SlackMembership membership,
    SlackState state,
    IChatDirectory directory
)
{
    public async Task<ChatReceipt> OpenAsync(ChatRoom room, CancellationToken cancel)
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
            (taken, var receipt) = await list.ReadAsync(cancel);
            if (receipt is not null)
                return receipt;
            if (taken!.GetValueOrDefault(name) is { } found && IsOf(found, room))
                return await ClaimAsync(room, found.Id, cancel);
        }

        return ChatReceipt.Refused(
            $"every name from #{first} to #{RoomNames.Candidates(first, room.Incident).Last()} is taken. Give Chat:Room:Name a template with {{incident}} in it, rename the incident, or take a channel that is there."
        );
    }

    public async Task<ChatReceipt> EnterAsync(string room, bool isPrivate, string? person, CancellationToken cancel)
    {
        var roomId = SlackMessages.Channel(room);
        if (roomId is null && room is ['#', .. var name])
        {
            var (channels, receipt) = await list.ReadAsync(cancel);
            if (receipt is not null)
                return receipt;
            // By its name nobody learns that there is a closed one.
            roomId = channels!.GetValueOrDefault(name) is { IsPrivate: false } open ? open.Id : null;
        }

        if (roomId is null)
            return ChatReceipt.Refused(
                $"'{room}' is no channel. Write its id, which stands at the end of its details and begins with C, or its link; or go there and type the command in it."
            );
        var asked = await membership.InfoAsync(roomId, cancel);
        // A private channel that the app is not in does not exist for it.
        if (asked.Error is "channel_not_found")
            return ChatReceipt.Refused("I am not in this channel. Invite me first: /invite @incident");
        if (!asked.IsOk)
            return asked.ToReceipt();
        var channel = asked.Value!.Channel!;
        if (channel.IsIm || channel.IsMpim)
            return ChatReceipt.Refused("A direct message cannot become an incident's channel. Write: /incident declare TITLE");
        if (await membership.WhyNotAsync(channel, person, cancel) is { } secret)
            return secret;
        if (channel.IsArchived)
            return ChatReceipt.Refused("This channel is archived.");
        if (isPrivate && !channel.IsPrivate)
            return ChatReceipt.Refused("The incident is private and this channel is not. Take a private one.");
        // What is said in it would stand on a timeline that everybody reads.
        if (channel.IsPrivate && !isPrivate)
            return ChatReceipt.Refused(
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
                ? ChatReceipt.Refused($"I could not join this channel ({joined.Error}). Invite me: /invite @incident")
            : joined.ToReceipt();
    }

    public async Task<string?> NameOfAsync(string room, CancellationToken cancel)
    {
        var asked = await SlackApi.CallAsync(api.Conversations.Info(new ConversationsInfo(room), cancel), cancel);
        return asked is { IsOk: true, Value.Channel.Name: { } name } ? "#" + name : null;
    }

    // The purpose says whose room it is: to people, and to a later look. That it is this one's does not hang on it.
    private async Task<ChatReceipt> ClaimAsync(ChatRoom room, string channel, CancellationToken cancel)
    {
        var arguments = new ConversationsSetPurpose(channel, Purpose(room));
        await calls.AtOnceAsync(SlackMethod.SetPurpose, null, () => api.Conversations.SetPurpose(arguments, cancel), cancel);
        return ChatReceipt.Done(channel);
    }

    /// <summary>
    /// A try for this very incident made it. Its purpose says whose it is, where it could be said before the answer was lost; without one it is
    /// told by who made it and when, and by no other incident that may have made it.
    /// </summary>
    private bool IsOf(Conversation channel, ChatRoom room) =>
        channel.Creator == state.BotUser
        && !room.Lost.Contains(channel.Id)
        && IsAs(channel, room)
        && (directory.IncidentOf(SlackPlatform.PlatformName, channel.Id) ?? room.Incident) == room.Incident
        && (
            channel.Purpose?.Value == Purpose(room)
            || (
                channel.Purpose is not { Value.Length: > 0 }
                && !room.Rivals.Any(rival => IsAs(channel, rival) && Names(rival).Contains(channel.Name))
            )
        );

    // As open as it is to be, and not there before somebody asked for it.
    private static bool IsAs(Conversation channel, ChatRoom room) =>
        channel.IsPrivate == room.Private && DateTimeOffset.FromUnixTimeSeconds(channel.Created) >= room.Since - SlackPlatform.ClocksDiffer;

    private static IEnumerable<string> Names(ChatRoom room) => RoomNames.Candidates(RoomNames.Of(room.Name, room.Incident), room.Incident);

    private static string Purpose(ChatRoom room) => "Incident " + room.Incident;
}
