using System.Collections.Concurrent;
using Integrations.Slack.Api;
using Integrations.Slack.Inbound;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.People;

/// <summary>
/// Who people are and in which user groups: asked of Slack once in a while and kept. Where Slack does not answer in time, what
/// was known holds; groups of which it has told nothing yet are not known, which is not the same as none.
/// </summary>
internal sealed class SlackPeople(
    SlackApi api,
    SlackCalls calls,
    SlackSelf self,
    IChatDirectory directory,
    SlackState state,
    Haste haste,
    TimeProvider time
)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    // They are asked for in the background every two minutes; whoever types waits for them only where that has failed for long.
    private static readonly TimeSpan GroupsFresh = TimeSpan.FromMinutes(10);

    // Their method may be called 20 times a minute, however many decide at once.
    private static readonly TimeSpan GroupsAnew = TimeSpan.FromSeconds(5);

    private const int MostMentioned = 20;
    private const int MostNames = 10_000;

    private readonly ConcurrentDictionary<string, (ChatPerson Person, DateTimeOffset At)> known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string? Name, DateTimeOffset At)> channels = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> unknownGroups = new(StringComparer.Ordinal);
    private readonly SteadyClock clock = new(time);
    private readonly Lock gate = new();
    private volatile IReadOnlyList<Usergroup>? groups;
    private DateTimeOffset groupsAt;
    private DateTimeOffset groupsSaidAt;
    private long groupChanges;
    private Task<SlackAnswer<UsergroupsListResponse>>? asking;

    public bool KnowsGroups => groups is not null;

    /// <summary>How often one look at the groups found other people in them than the one before.</summary>
    public long GroupChanges => Volatile.Read(ref groupChanges);

    /// <param name="name">What the request calls them, for when Slack says nothing better.</param>
    public async Task<ChatPerson> FindAsync(string id, string? name, CancellationToken cancel)
    {
        var (person, _) = await FindAsync(id, name, Fresh, GroupsFresh, cancel);
        return person with { Groups = GroupsOf(id) };
    }

    /// <summary>
    /// As <see cref="FindAsync(string, string?, CancellationToken)"/>, by what Slack says now, and not by what it said a while ago: what it does not say
    /// in time is not known, whatever this node remembers. Another one may know better.
    /// </summary>
    public async Task<ChatPerson> FindAnewAsync(string id, string? name, CancellationToken cancel)
    {
        var asked = clock.Now;
        var (person, isSaid) = await FindAsync(id, name, TimeSpan.Zero, GroupsAnew, cancel);
        return person with
        {
            Standing = isSaid ? person.Standing : ChatStanding.Unknown,
            Groups = asked - groupsSaidAt < GroupsAnew ? GroupsOf(id) : null,
        };
    }

    private async Task<(ChatPerson Person, bool IsSaid)> FindAsync(
        string id,
        string? name,
        TimeSpan fresh,
        TimeSpan groupsFresh,
        CancellationToken cancel
    )
    {
        var now = clock.Now;
        // The question goes on without whoever waits for it.
        var refreshed =
            now - groupsAt >= groupsFresh || (asking is { IsCompleted: false } && (!KnowsGroups || groupsFresh < GroupsFresh))
                ? Task.WhenAny(RefreshGroupsAsync(), Task.Delay(haste.Look, TimeProvider.System, cancel))
                : Task.CompletedTask;
        var person = await AskAsync(id, name, fresh, now, cancel);
        await refreshed;
        return person;
    }

    /// <summary>Slack tells of somebody as they are since a moment ago: they are asked for again where that differs from what is known.</summary>
    /// <returns>Whether it may differ: of whom nothing is kept here it is not known.</returns>
    public bool Changed(SlackUser user)
    {
        if (!known.TryGetValue(user.Id, out var kept))
            return true;
        if (PersonOf(user) == kept.Person)
            return false;
        // Events come in any order, so that this one may tell of what is over. What is kept holds where Slack does not answer.
        known[user.Id] = (kept.Person, DateTimeOffset.MinValue);
        return true;
    }

    /// <returns>IsSaid: Slack has said it now.</returns>
    private async Task<(ChatPerson Person, bool IsSaid)> AskAsync(
        string id,
        string? name,
        TimeSpan fresh,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        if (known.TryGetValue(id, out var kept) && now - kept.At < (kept.Person.Standing is ChatStanding.Unknown ? Again : fresh))
            return (kept.Person, false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(haste.Look);
        try
        {
            var answer = calls.AtOnceAsync(SlackMethod.GetUser, null, () => api.Users.Info(new UsersInfo(id), limit.Token), limit.Token);
            // Whose colleague somebody is can only be told by who the app is.
            var unknown = await self.KnowAsync(limit.Token);
            if (await answer is { IsOk: true, Value.User: { } user } && unknown is null)
            {
                var person = PersonOf(user) with { Id = id };
                Keep(id, kept, (person, now));
                return (person, true);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Not in time for somebody who waits for an answer.
        }

        // While Slack does not answer, not everybody who types waits for it.
        var asBefore = kept.Person ?? new ChatPerson(id, name ?? id, null, ChatStanding.Unknown, null);
        Keep(id, kept, (asBefore, asBefore.Standing is ChatStanding.Unknown ? now : now - Fresh + Again));
        return (asBefore, false);
    }

    // Asked before Slack told that they have changed, an answer may be older than that.
    private void Keep(string id, (ChatPerson? Person, DateTimeOffset At) before, (ChatPerson Person, DateTimeOffset At) now)
    {
        if (before.Person is null)
            known.TryAdd(id, now);
        else
            known.TryUpdate(id, now, before!);
    }

    public IEnumerable<string> MembersOf(string handle) => Group(handle)?.Users ?? [];

    /// <summary>Of all user groups; null: Slack has not said yet.</summary>
    public IReadOnlyList<string>? Handles => groups is { } known ? [.. known.Select(group => group.Handle)] : null;

    /// <summary>Handles of user groups in which somebody is, and that hold what was typed, in order.</summary>
    public IEnumerable<string> GroupsLike(string typed) =>
        (groups ?? [])
            .Where(group => group.Users.Count > 0 && group.Handle.Contains(typed.TrimStart('@'), StringComparison.OrdinalIgnoreCase))
            .Select(group => group.Handle)
            .Order(StringComparer.Ordinal);

    public string? GroupId(string handle) => Group(handle)?.Id;

    /// <summary>As Slack reads it: a user group by its own mention, those of any other group one by one.</summary>
    public string Mention(IReadOnlyList<CalledGroup> calls) =>
        string.Join(
            ' ',
            calls
                .SelectMany(call => GroupId(call.Name) is { } group ? [MentionOf(group)] : call.People.Select(person => $"<@{person}>"))
                .Distinct()
                .Take(MostMentioned)
        );

    public static string MentionOf(string group) => $"<!subteam^{group}>";

    public string? GroupName(string id) => groups?.FirstOrDefault(group => group.Id == id)?.Handle;

    /// <summary>Text as people read it, names for ids, of those that are known.</summary>
    public string Read(string text) => SlackText.Read(text, PersonName, RoomName, GroupName);

    /// <summary>As <see cref="Read"/>; who and what is not known yet is asked for first. Messages carry ids alone, other than commands.</summary>
    public async Task<string> ReadAsync(string text, CancellationToken cancel)
    {
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        // Read once for what it asks for in vain.
        SlackText.Read(text, id => Missing('@', id, PersonName), id => Missing('#', id, RoomName), id => Missing('^', id, GroupName));
        // Somebody may wait for what is said: all are asked for at once, and not for long.
        await Task.WhenAll(unknown.Take(MostMentioned).Select(LookUp));
        return Read(text);

        string? Missing(char kind, string id, Func<string, string?> name)
        {
            if (name(id) is { } given)
                return given;
            unknown.Add(kind + id);
            return null;
        }

        Task LookUp(string named) =>
            named[0] switch
            {
                '@' => FindAsync(named[1..], null, cancel),
                '#' => NameChannelAsync(named[1..], cancel),
                _ => LookForGroupAsync(named[1..], cancel),
            };
    }

    /// <summary>
    /// As <see cref="Read"/> of what is typed: whoever has no name here is told by one that nobody else has, or the command would be about whoever
    /// is called so here.
    /// </summary>
    public string ReadCommand(string text) => SlackText.Read(text, NameFor, RoomName, GroupName);

    /// <summary>The bot's name of somebody; of whom it has none, their handle with their id, which is nobody's name.</summary>
    public string NameFor(string id) =>
        directory.UserOf(SlackPlatform.PlatformName, id) ?? (known.TryGetValue(id, out var kept) ? $"{kept.Person.Name}({id})" : id);

    private string? PersonName(string id) =>
        directory.UserOf(SlackPlatform.PlatformName, id)
        ?? (known.TryGetValue(id, out var kept) && kept.Person.Standing is not ChatStanding.Unknown ? kept.Person.Name : null);

    private string? RoomName(string id) =>
        directory.IncidentOf(SlackPlatform.PlatformName, id) ?? (channels.TryGetValue(id, out var kept) ? kept.Name : null);

    private Task LookForGroupAsync(string id, CancellationToken cancel)
    {
        var now = clock.Now;
        if (unknownGroups.TryGetValue(id, out var at) && now - at < Again)
            return Task.CompletedTask;
        if (unknownGroups.Count >= MostNames)
            unknownGroups.Clear();
        unknownGroups[id] = now;
        return Task.WhenAny(RefreshGroupsAsync(), Task.Delay(haste.Look, TimeProvider.System, cancel));
    }

    // One that the app does not see keeps its id, and is asked for again later.
    private async Task NameChannelAsync(string id, CancellationToken cancel)
    {
        var now = clock.Now;
        if (channels.TryGetValue(id, out var kept) && now - kept.At < (kept.Name is null ? Again : Fresh))
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(haste.Look);
        string? name = null;
        try
        {
            var asked = await calls.AtOnceAsync(
                SlackMethod.Info,
                null,
                () => api.Conversations.Info(new ConversationsInfo(id), limit.Token),
                limit.Token
            );
            // How a closed one is called is for those who are in it.
            name = asked is { IsOk: true, Value.Channel: { } channel }
                ? channel.IsPrivate
                    ? "a private channel"
                    : "#" + channel.Name
                : null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Not in time for somebody who waits for an answer.
        }

        if (channels.Count >= MostNames)
            channels.Clear();
        channels[id] = (name, now);
    }

    public async Task<ChatLine> LineAsync(string channel, HistoryMessage message, CancellationToken cancel)
    {
        var link = LinkAsync(channel, message.Ts, cancel);
        // Somebody waits: all are asked for at once.
        var text = ReadAsync(MessageText.Of(message), cancel);
        var writer = message.User is { } id ? await FindAsync(id, null, cancel) : null;
        return new ChatLine(
            message.Ts,
            message.User ?? message.BotId ?? "",
            await text,
            SlackText.Time(message.Ts),
            await link,
            [.. (message.Files ?? []).OfType<HistoryFile>().Select(file => file.Permalink ?? file.Name ?? file.Id)]
        )
        {
            AuthorName = message.BotId is null ? writer?.Name : message.Username ?? message.BotProfile?.Name ?? writer?.Name,
        };
    }

    // Where Slack does not say it in time, it is made as Slack makes it; answers in threads are found without their parent, too.
    private async Task<string?> LinkAsync(string channel, string ts, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(haste.Look);
        try
        {
            var asked = await calls.AtOnceAsync(
                SlackMethod.GetPermalink,
                null,
                () => api.Chat.GetPermalink(new ChatGetPermalink { Channel = channel, MessageTs = ts }, limit.Token),
                limit.Token
            );
            if (asked is { Outcome: SlackOutcome.Ok or SlackOutcome.Refused })
                return asked.Value?.Permalink;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Not in time: made by hand.
        }

        return state.Address.Length == 0 ? null : $"{state.Address}archives/{channel}/p{ts.Replace(".", "", StringComparison.Ordinal)}";
    }

    // Handles are in small letters, however people write them.
    private Usergroup? Group(string handle) =>
        groups?.FirstOrDefault(group => group.Handle.Equals(handle, StringComparison.OrdinalIgnoreCase));

    /// <summary>Asks which user groups there are and who is in them: once at a time, whoever wants to know.</summary>
    public Task<SlackAnswer<UsergroupsListResponse>> RefreshGroupsAsync()
    {
        lock (gate)
            return asking is { IsCompleted: false } ? asking : asking = ListGroupsAsync();
    }

    private async Task<SlackAnswer<UsergroupsListResponse>> ListGroupsAsync()
    {
        groupsAt = clock.Now;
        // Ended by the patience of the client, which is longer than that of whoever types.
        var asked = await calls.RegularlyAsync(
            SlackMethod.ListGroups,
            () => api.Usergroups.List(new UsergroupsList { IncludeUsers = true }, CancellationToken.None),
            CancellationToken.None
        );
        if (asked.IsOk)
            Learn(asked.Value!.Usergroups);
        // Refused for good, as where a workspace's plan has no user groups: there are none.
        else if (asked.Outcome is SlackOutcome.Refused && !SlackErrors.IsMendable(asked.Error))
            groups ??= [];
        return asked;
    }

    private void Learn(IReadOnlyList<Usergroup> now)
    {
        var before = Said(groups);
        groups = now;
        groupsSaidAt = clock.Now;
        if (before != Said(now))
            Interlocked.Increment(ref groupChanges);
    }

    private static string Said(IReadOnlyList<Usergroup>? groups) =>
        string.Join(
            '\n',
            (groups ?? [])
                .Select(group => $"{group.Handle} {string.Join(' ', group.Users.Order(StringComparer.Ordinal))}")
                .Order(StringComparer.Ordinal)
        );

    private List<string>? GroupsOf(string id) =>
        groups is { } known ? [.. known.Where(group => group.Users.Contains(id)).Select(group => group.Handle)] : null;

    // Of somebody from elsewhere another company has verified the address.
    private ChatPerson PersonOf(SlackUser user) =>
        new(user.Id, user.Name, IsColleague(user) ? user.Profile?.Email : null, StandingOf(user), null);

    private ChatStanding StandingOf(SlackUser user) =>
        !IsColleague(user) || user.Deleted || user.IsBot || user.IsRestricted || user.IsUltraRestricted || user.IsStranger
            ? ChatStanding.Guest
        // Whoever administers another workspace of the same organization does not administer this one.
        : IsOfWorkspace(user) && (user.IsAdmin || user.IsOwner) ? ChatStanding.Admin
        : ChatStanding.Member;

    // People of other companies come in by channels that are shared with them (Slack Connect).
    private bool IsColleague(SlackUser user) =>
        IsOfWorkspace(user) || (state.Enterprise.Length > 0 && user.EnterpriseUser?.EnterpriseId == state.Enterprise);

    // Slack tells of everybody whose they are. Of whom it should say nothing, the flags above still hold.
    private bool IsOfWorkspace(SlackUser user) =>
        user is { TeamId: null, EnterpriseUser: null }
        || user.TeamId == state.Team
        || user.EnterpriseUser?.Teams.Contains(state.Team) is true;
}
