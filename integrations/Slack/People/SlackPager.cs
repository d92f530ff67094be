using Integrations.Slack.Api;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.People;

/// <summary>
/// Calls people in Slack: a direct message with an Acknowledge button; a user group by its mention in the incident's channel, or
/// each member directly while there is no channel, or one that takes nothing.
/// </summary>
internal sealed class SlackPager(
    SlackOptions options,
    SlackApi api,
    SlackCalls calls,
    SlackPlatform platform,
    SlackPeople people,
    IChatDirectory directory,
    TimeProvider time
) : IPager
{
    // No page is tried for longer than that.
    private static readonly TimeSpan LookBack = TimeSpan.FromHours(1);

    // Slack takes some hundreds of messages a minute, and a call has seconds.
    private const int MostMembers = 100;
    private const int AtOnce = 8;
    private const int MostNamed = 10;

    public string Name => SlackPlatform.PlatformName;

    public bool IsOn => options.IsOn;

    public bool CanReach(string kind, string name) =>
        options.IsOn
        && kind switch
        {
            "user" => directory.PersonOf(SlackPlatform.PlatformName, name) is not null,
            // Before Slack has said which there are, any may be one.
            "group" => people.GroupId(name) is not null || !people.KnowsGroups,
            _ => false,
        };

    public async Task<PageResult> PageAsync(PageRequest request, CancellationToken cancel)
    {
        if (request.TargetKind is "user")
            return await SendAsync(directory.PersonOf(SlackPlatform.PlatformName, request.TargetName)!, "", request, cancel);
        if (people.GroupId(request.TargetName) is not { } group)
            return new PageResult(false, !people.KnowsGroups, $"which user group {request.TargetName} is, Slack has not said");
        if (directory.RoomOf(SlackPlatform.PlatformName, request.Incident) is { } room)
        {
            var told = await SendAsync(room, SlackPeople.MentionOf(group), request, cancel);
            // The channel may be archived, or the app not in it any more: the people are there all the same.
            if (told.Delivered || told.Retryable)
                return told;
        }

        return await EachAsync([.. people.MembersOf(request.TargetName)], request, cancel);
    }

    private async Task<PageResult> EachAsync(IReadOnlyList<string> members, PageRequest request, CancellationToken cancel)
    {
        var sent = new PageResult?[members.Count];
        await Parallel.ForAsync(
            0,
            Math.Min(members.Count, MostMembers),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel },
            async (at, stop) => sent[at] = await SendAsync(members[at], "", request, stop)
        );
        var left = members.Where((_, at) => sent[at] is not { Delivered: true }).ToList();
        if (left.Count == members.Count)
            return sent.FirstOrDefault(one => one is { Retryable: true })
                ?? sent.FirstOrDefault()
                ?? new PageResult(false, false, $"nobody is in the user group {request.TargetName}");
        return PageResult.Ok with
        {
            Posts = [.. sent.SelectMany(one => one?.Posts ?? [])],
            LeftOut = left.Count == 0 ? null : $"{left.Count} of {members.Count} were not called: {Named(left)}",
        };
    }

    private string Named(List<string> people) =>
        string.Join(", ", people.Take(MostNamed).Select(id => directory.UserOf(SlackPlatform.PlatformName, id) ?? id))
        + (people.Count > MostNamed ? $" and {people.Count - MostNamed} more" : "");

    private async Task<PageResult> SendAsync(string channel, string mention, PageRequest request, CancellationToken cancel)
    {
        var card = new Card(
            $"YOU ARE CALLED: {request.Incident} {request.Title}",
            $"{request.Severity} · call {request.Attempt} · {request.Link}"
        )
        {
            Priority = CardPriority.Page,
            Room = directory.RoomOf(SlackPlatform.PlatformName, request.Incident),
            Buttons =
            [
                new CardButton("Acknowledge", $"/incident ack {request.Incident}", ButtonStyle.Primary),
                new CardButton("Take the lead", $"/incident lead {request.Incident} me"),
            ],
        };
        var message = new ChatMessage(request.Id, $"{card.Title}. {card.Text}", card);
        var id = $"{request.Id}/{request.Attempt}";
        if (request.MayHaveBeenSent)
        {
            // Where it cannot be told, it is sent again: called twice is better than not at all.
            var since = time.GetUtcNow() - LookBack;
            var found = await platform.FindAsync(new ChatRoom(request.Incident, channel), id, since, null, cancel);
            if (found is { Delivered: true, PlatformId: { } ts, Room: { } room })
                return PageResult.Ok with { Posts = [new PagePost(room, ts)] };
        }

        var arguments = new ChatPostMessage
        {
            Channel = channel,
            Text = CardBlocks.Fallback(message, mention),
            Blocks = CardBlocks.Of(message, mention),
            Metadata = new MessageMetadata
            {
                EventType = SlackPlatform.MetadataType,
                EventPayload = new Dictionary<string, string> { ["id"] = id },
            },
        };
        // Pages wait for no pacing, since somebody is needed; but all else waits for them, and a 429 holds.
        var sent = await calls.AsMemberAsync(
            SlackMethod.PostMessage,
            channel,
            channel,
            () => api.Chat.PostMessage(arguments, cancel),
            cancel
        );
        return sent.Outcome switch
        {
            // A direct message is edited by its channel, not by the person.
            SlackOutcome.Ok => PageResult.Ok with { Posts = [new PagePost(sent.Value!.Channel!, sent.Value.Ts!)] },
            SlackOutcome.Refused => new PageResult(false, false, sent.Error),
            _ => new PageResult(false, true, sent.Error) { RetryAfter = sent.RetryAfter },
        };
    }
}
