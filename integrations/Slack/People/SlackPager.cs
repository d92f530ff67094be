using Integrations.Slack.Api;
using Integrations.Slack.Channels;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.People;

/// <summary>
/// Calls people in Slack: a direct message with an Acknowledge button; a user group by its mention in the incident's channel, and each
/// member directly who is not in it, or all of them while there is no channel, or one that takes nothing. A role is the user groups that were given it: whom all
/// members of a workspace would be called by is nobody in particular.
/// </summary>
internal sealed class SlackPager(
    SlackOptions options,
    SlackApi api,
    SlackCalls calls,
    SlackPlatform platform,
    SlackMembership membership,
    SlackPrivacy privacy,
    SlackPeople people,
    IChatDirectory directory,
    TimeProvider time
) : IPager
{
    // No page is tried for longer than that.
    private static readonly TimeSpan LookBack = TimeSpan.FromHours(1);

    // Slack takes some hundreds of messages a minute, and a call has seconds.
    private const int MostMembers = 100;

    // The channel has heard it by then, and a call that takes too long is made once more.
    private static readonly TimeSpan ForOthers = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan ForLook = TimeSpan.FromSeconds(2);
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
            "group" or "role" => GroupsOf(kind, name).Any(group => people.GroupId(group) is not null || !people.KnowsGroups),
            _ => false,
        };

    public async Task<PageResult> PageAsync(PageRequest request, CancellationToken cancel)
    {
        if (request.TargetKind is "user")
            return await SendAsync(directory.PersonOf(SlackPlatform.PlatformName, request.TargetName)!, "", request, cancel);
        var groups = GroupsOf(request.TargetKind, request.TargetName).Where(group => people.GroupId(group) is not null).ToList();
        if (groups.Count == 0)
            return new PageResult(false, !people.KnowsGroups, $"which user group {request.TargetName} is, Slack has not said");
        string[] members = [.. groups.SelectMany(people.MembersOf).Distinct(StringComparer.Ordinal)];
        if (directory.RoomOf(SlackPlatform.PlatformName, request.Incident) is { } room && await MayTellAsync(room, request, cancel))
        {
            var mentions = string.Join(' ', groups.Select(group => SlackPeople.MentionOf(people.GroupId(group)!)));
            // Asked before: whoever is let in meanwhile has not heard the mention.
            var inside = await InsideAsync(room, cancel);
            var told = await SendAsync(room, mentions, request, cancel);
            if (told.Delivered)
                return await WithOthersAsync(told, [.. members.Where(person => inside?.Contains(person) is not true)], request, cancel);
            // The channel may be archived, on its way to another company, too busy, or the app not in it any more: the people are there all the same.
            if (told is { Retryable: true, RetryAfter: null } && !SlackErrors.IsPassing(told.Error))
                return told;
        }

        return await EachAsync(members, request, cancel);
    }

    // Where everybody can read it, or Slack does not say who can, the people are called one by one.
    private async Task<bool> MayTellAsync(string room, PageRequest request, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ForLook);
        try
        {
            var place = new ChatRoom(request.Incident, room) { Private = request.IsPrivate };
            return await privacy.WhyNotAsync(place, CardPriority.Page, limit.Token) is null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <returns>Null: Slack does not say in time who is there.</returns>
    private async Task<IReadOnlySet<string>?> InsideAsync(string room, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ForLook);
        try
        {
            return await membership.InRoomAsync(room, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    // Slack notifies nobody of a mention where they are not. Where it does not say who is there, all are called: twice is better than not at all.
    private async Task<PageResult> WithOthersAsync(PageResult told, List<string> others, PageRequest request, CancellationToken cancel)
    {
        if (others.Count == 0)
            return told;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ForOthers);
        try
        {
            var called = await EachAsync(others, request, limit.Token);
            return told with
            {
                Posts = [.. told.Posts ?? [], .. called.Posts ?? []],
                LeftOut = called.Delivered ? called.LeftOut : $"who is not in the channel was not called: {Named(others)}",
            };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return told with { LeftOut = "who is not in the channel may not have heard of it: Slack was too slow to call them as well" };
        }
    }

    private IReadOnlyList<string> GroupsOf(string kind, string name) => kind is "role" ? directory.GroupsWith(name) : [name];

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
                ?? new PageResult(false, false, $"nobody is in the user group of {request.TargetKind}:{request.TargetName}");
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
            Fields =
            [
                .. request.Reason is { } reason ? [new CardField("Why", reason)] : Array.Empty<CardField>(),
                .. request.Alert is { } alert ? [new CardField("Alert", alert)] : Array.Empty<CardField>(),
            ],
            Buttons =
            [
                new CardButton("Acknowledge", $"/incident ack {request.Incident}", ButtonStyle.Primary),
                new CardButton("Take the lead", $"/incident lead {request.Incident} me"),
            ],
        };
        var message = new ChatMessage(request.Id, Prose.Join(card.Title, card.Text), card);
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
            UnfurlLinks = false,
            UnfurlMedia = false,
            Metadata = new MessageMetadata
            {
                EventType = SlackPlatform.MetadataType,
                EventPayload = new Dictionary<string, string> { ["id"] = id },
            },
        };
        // Pages wait for no pacing, since somebody is needed; but all else waits for them, and a 429 holds.
        var sent = await calls.AsMemberAsync(
            channel,
            () => calls.AtOnceAsync(SlackMethod.PostMessage, channel, () => api.Chat.PostMessage(arguments, cancel), cancel),
            cancel
        );
        return sent.Outcome switch
        {
            // A direct message is edited by its channel, not by the person.
            SlackOutcome.Ok => PageResult.Ok with { Posts = [new PagePost(sent.Value!.Channel!, sent.Value.Ts!)] },
            SlackOutcome.Refused => new PageResult(false, SlackErrors.IsPassing(sent.Error), sent.Error),
            _ => new PageResult(false, true, sent.Error) { RetryAfter = sent.RetryAfter },
        };
    }
}
