using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;
using Runbooks.Definition;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>What is known when a room is looked at.</summary>
/// <param name="Posts">By slot; of lines only the one that is under way.</param>
/// <param name="Untold">Facts past what the room was told, in order, with what this version makes of each.</param>
/// <param name="Runs">Those that are not over, and those with a card in the room.</param>
internal sealed record RoomSight(
    Incident Incident,
    RoomRow Room,
    IReadOnlyDictionary<string, PostRow> Posts,
    IReadOnlyList<(LogEvent Logged, object? Fact)> Untold,
    IReadOnlyList<RunState> Runs,
    DateTimeOffset Now
)
{
    /// <summary>The last lines of runs that are over, by run.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = new Dictionary<string, string>();

    /// <summary>The definitions of runs in which a step has failed and is tried again later, by run.</summary>
    public IReadOnlyDictionary<string, RunbookSet> Books { get; init; } = new Dictionary<string, RunbookSet>();
}

/// <summary>One thing to do for a room.</summary>
/// <param name="Slot">Of posts and edits; empty otherwise.</param>
/// <param name="Post">What is known of the slot; null: nothing was sent.</param>
internal sealed record RoomWork(ChatOperation Operation, CardPriority Priority, string Slot, ChatMessage? Message, PostRow? Post)
{
    /// <summary>Of lines: the position that the room is told afterwards.</summary>
    public long Upto { get; init; }
    public string Hash { get; init; } = "";

    /// <summary>An edit that may wait, so that the next ones join it.</summary>
    public DateTimeOffset NotBefore { get; init; }
    public RoomDress? Dress { get; init; }

    /// <summary>What is only noted here; nothing is asked of the platform.</summary>
    public RoomNote? Note { get; init; }

    /// <summary>As what it is held back while the platform does not take it. A room under another name is another try.</summary>
    public string HeldAs => Operation is ChatOperation.OpenRoom ? Hash : Slot;
}

/// <summary>What follows from the log for a room, without a word to the platform.</summary>
internal abstract record RoomNote
{
    private RoomNote() { }

    /// <summary>Nothing up to a position is told in the room.</summary>
    public sealed record Told(long Upto) : RoomNote;

    /// <summary>A room that people made is the incident's.</summary>
    public sealed record Taken(string Room) : RoomNote;

    /// <summary>The room takes nothing any more; what stands in it is left behind.</summary>
    public sealed record Left : RoomNote;

    /// <summary>Somebody deleted a message that is still wanted, or one that was lost is wanted no more.</summary>
    public sealed record Forgotten(PostRow Post) : RoomNote;
}

/// <summary>
/// What is to be done for a room, what matters most first. Pure, and made anew from what is true now each time: only the latest
/// state of a card is ever sent, and what an outage made stale never is.
/// </summary>
/// <param name="personOf">The platform's id of somebody.</param>
/// <param name="peopleIn">The platform's ids of who is in a group, as this bot knows it.</param>
/// <param name="membersOf">As <see cref="IChatPlatform.MembersOf"/>.</param>
/// <param name="roomOf">The platform's id of an incident's room.</param>
internal sealed class RoomPlan(
    ChatOptions options,
    string publicUrl,
    string platform,
    Func<string, string?> personOf,
    Func<string, IReadOnlyList<string>> peopleIn,
    Func<string, IReadOnlyList<string>?> membersOf,
    Func<string, string?> roomOf
)
{
    public const string SummarySlot = "summary";
    public const string AnnounceSlot = "announce";
    private const string WaitSlot = "wait/";
    private const string RunSlot = "run/";
    private const string LineSlot = "line/";
    private const string BriefSlot = "brief/";
    private const string OfferSlot = "offer/";

    // Edits of one card in quick succession are one edit.
    private static readonly TimeSpan BetweenEdits = TimeSpan.FromSeconds(2);

    // What was on its way when its answer was lost may arrive a moment later.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    // What was given up as lost has arrived by then, or does not: a platform is waited for ten seconds, and networks hold on to little longer.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    // Lines older than this were held up by an outage, and are told together.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);

    public IReadOnlyList<RoomWork> Of(RoomSight sight)
    {
        var known = sight.Incident.Rooms.GetValueOrDefault(platform);
        if (sight.Room.Room is not { } room)
            return [.. Calls(sight), known is null ? Opening(sight.Incident) : Noted(new RoomNote.Taken(known))];
        if (sight.Incident.HasLost(platform, room) || (known is not null && known != room))
            return [Noted(new RoomNote.Left())];
        if (Deleted(sight) is { Count: > 0 } deleted)
            return deleted;
        RoomWork[] works =
        [
            .. Decisions(sight),
            .. Lookups(sight, post => post.IsOnItsWay, Settle),
            .. Card(sight, SummarySlot, RoomCards.Summary(sight.Incident, Address(sight.Incident.Id))),
            // As many as a group has people: what all of them look at comes first.
            .. Calls(sight),
            .. Dress(sight),
            .. Announcement(sight),
            .. Briefs(sight),
            .. Offers(sight),
            .. Lines(sight),
            .. Progress(sight),
            .. Lookups(sight, post => post.State == PostRow.Resent, Late),
        ];
        return
        [
            .. works,
            .. sight
                .Posts.Values.Where(post => post.IsWanted && works.All(work => work.Slot != post.Slot))
                .Select(post => Noted(new RoomNote.Forgotten(post))),
        ];
    }

    /// <summary>The name of a room by the template.</summary>
    public string NameOf(Incident incident) =>
        options
            .RoomName.Replace("{incident}", incident.Id, StringComparison.Ordinal)
            .Replace("{title}", incident.Private ? "private" : incident.Title, StringComparison.Ordinal)
            .Replace("{service}", incident.Service ?? "", StringComparison.Ordinal)
            .Replace("{severity}", incident.Severity.Word(), StringComparison.Ordinal)
            .Replace(
                "{date}",
                incident.DeclaredAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                StringComparison.Ordinal
            );

    /// <summary>Where a post of a slot goes: to the announcements, to one person, or into the incident's own room; null while there is none.</summary>
    public string? RoomOf(RoomRow room, string slot) =>
        slot == AnnounceSlot ? options.AnnounceIn
        : slot.StartsWith(BriefSlot, StringComparison.Ordinal) || slot.StartsWith(PostRow.CallSlot, StringComparison.Ordinal)
            ? slot[(slot.LastIndexOf('/') + 1)..]
        : room.Room;

    /// <summary>Ours for a message: the same however often it is tried, so that it is found when its answer was lost.</summary>
    public static string IdOf(int incident, string slot) => $"{StreamId.Incident(incident)}/{slot}";

    private static RoomWork Noted(RoomNote note) => new(ChatOperation.Post, CardPriority.Progress, "", null, null) { Note = note };

    private RoomWork Opening(Incident incident) =>
        new(ChatOperation.OpenRoom, CardPriority.State, "", null, null)
        {
            Hash = HashOf(string.Create(CultureInfo.InvariantCulture, $"{NameOf(incident)}|{incident.RoomWishes}")),
        };

    // What may have been sent is looked for before it is said again. It keeps only its own place, and of lines those after it.
    private static IEnumerable<RoomWork> Lookups(RoomSight sight, Func<PostRow, bool> which, TimeSpan after) =>
        sight
            .Posts.Values.Where(which)
            .Select(post => new RoomWork(ChatOperation.Find, PriorityOf(post.Slot), post.Slot, null, post)
            {
                NotBefore = post.TriedAt + after,
            })
            .OrderBy(work => work.Priority);

    // What is said once stays away; a card that still changes is posted anew.
    private List<RoomWork> Deleted(RoomSight sight)
    {
        var gone = sight
            .Untold.Select(untold => untold.Fact)
            .OfType<IncidentFact.PostDeleted>()
            .Where(post => post.Platform == platform)
            .Select(post => post.Message)
            .ToHashSet(StringComparer.Ordinal);
        var over = sight.Runs.Where(run => run.IsOver).Select(run => RunSlot + run.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. sight
                .Posts.Values.Where(post => post.Message is { } message && gone.Contains(message) && !over.Contains(post.Slot))
                .Select(post => Noted(new RoomNote.Forgotten(post))),
        ];
    }

    private IEnumerable<RoomWork> Decisions(RoomSight sight)
    {
        foreach (var run in sight.Runs)
        {
            var open = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (step, wait) in run.WaitingFor)
            {
                if (WaitCards.Of(run, step, wait, AddressOf(run)) is not { } card)
                    continue;
                var slot = SlotOf(run, step, wait);
                open.Add(slot);
                var calls = wait.From.Select(group => new CalledGroup(group, peopleIn(group))).ToList();
                foreach (var work in Card(sight, slot, card, calls))
                    yield return work;
            }

            foreach (
                var (slot, _) in sight.Posts.Where(post =>
                    post.Value.State is not (PostRow.Failed or PostRow.Missing) && IsOf(post.Key, run) && !open.Contains(post.Key)
                )
            )
            {
                var step = StepIn(slot, run);
                foreach (
                    var work in Card(sight, slot, IsAskedAgain(slot, run, step) ? WaitCards.Again(run, step) : WaitCards.Closed(run, step))
                )
                    yield return work;
            }
        }
    }

    // Only what is posted anew notifies people: a reminder is another card, and calls whom the first one called.
    private static string SlotOf(RunState run, string step, StepWait wait) =>
        QuestionOf(run, step, wait) + (wait.Reminders > 0 ? string.Create(CultureInfo.InvariantCulture, $"+{wait.Reminders}") : "");

    private static bool IsAskedAgain(string slot, RunState run, string step) =>
        run.WaitAt(step) is { } wait
        && QuestionOf(run, step, wait) is var question
        && (slot == question || slot.StartsWith(question + "+", StringComparison.Ordinal));

    private static string QuestionOf(RunState run, string step, StepWait wait) =>
        string.Create(CultureInfo.InvariantCulture, $"{WaitSlot}{run.Id}/{step}/{wait.DecisionsBefore}");

    private static string StepIn(string slot, RunState run) => slot[(WaitSlot.Length + run.Id.Length + 1)..slot.LastIndexOf('/')];

    private static bool IsOf(string slot, RunState run) => slot.StartsWith($"{WaitSlot}{run.Id}/", StringComparison.Ordinal);

    private IEnumerable<RoomWork> Progress(RoomSight sight) =>
        sight.Runs.SelectMany(run =>
            Card(
                sight,
                RunSlot + run.Id,
                RoomCards.Progress(run, AddressOf(run), sight.Outputs.GetValueOrDefault(run.Id), sight.Books.GetValueOrDefault(run.Id))
            )
        );

    private IEnumerable<RoomWork> Announcement(RoomSight sight) =>
        options.AnnounceIn.Length == 0 || sight.Incident.Private || (sight.Incident.Kind is not IncidentKind.Real)
            ? []
            : Card(sight, AnnounceSlot, RoomCards.Announcement(sight.Incident, Address(sight.Incident.Id), sight.Room.Room));

    // Whoever gets a role is told once, alone, what it means and how it stands; what changes later is in the room.
    private IEnumerable<RoomWork> Briefs(RoomSight sight) =>
        sight.Incident.IsOpen
            ? sight
                .Incident.Roles.OrderBy(role => role.Key)
                .Select(role => (Role: role.Key, Person: personOf(role.Value)))
                .Where(role => role.Person is not null)
                .Select(role => (role.Role, Slot: $"{BriefSlot}{role.Role.Word()}/{role.Person}"))
                .Where(role => sight.Posts.GetValueOrDefault(role.Slot) is null or { IsWanted: true })
                .SelectMany(role =>
                    Card(sight, role.Slot, RoomCards.Brief(sight.Incident, role.Role, Address(sight.Incident.Id), sight.Room.Room))
                )
            : [];

    // Of one that is over before it could be told, the story alone tells.
    private IEnumerable<RoomWork> Offers(RoomSight sight) =>
        sight
            .Incident.Proposed.Where(one => HasCard(sight, one.Runbook))
            .SelectMany(one =>
                Card(
                    sight,
                    OfferSlot + one.Runbook,
                    RoomCards.Proposal(one, sight.Incident.IsOpen, one.Run is { } run ? $"{publicUrl}/runs/{run}" : null)
                )
            );

    private static bool HasCard(RoomSight sight, string proposed) => sight.Incident.IsOpen || sight.Posts.ContainsKey(OfferSlot + proposed);

    // What called somebody says so until that is over, and once what came of it: calls that begin anew have messages of their own.
    private IEnumerable<RoomWork> Calls(RoomSight sight) =>
        sight
            .Posts.Values.Where(post =>
                post.Hash.Length == 0
                && post.Slot.StartsWith(PostRow.CallSlot, StringComparison.Ordinal)
                && (
                    !sight.Incident.IsOpen
                    || (!sight.Incident.AwaitsAcknowledgement && post.Slot.StartsWith(PostRow.CallUntilAnswered, StringComparison.Ordinal))
                )
            )
            .SelectMany(post => Card(sight, post.Slot, RoomCards.CallOver(sight.Incident, Address(sight.Incident.Id), sight.Room.Room)));

    private IEnumerable<RoomWork> Dress(RoomSight sight)
    {
        if (!sight.Posts.TryGetValue(SummarySlot, out var summary) || summary.Message is null)
            yield break;
        var incident = sight.Incident;
        // Whoever is not in it is not notified by what is said there.
        var asked = incident.Private ? [] : Asked(sight).ToList();
        var dress = new RoomDress(
            $"{incident.Severity.Word()} · {incident.State.Word()} · "
                + (incident.Commander is { } commander ? $"lead {commander}" : "no commander")
                + $" · {Address(incident.Id)}",
            [new RoomLink("Incident page", Address(incident.Id))],
            [
                .. incident
                    .Roles.Values.Concat(incident.Targets.Where(target => target.Kind is "user").Select(target => target.Name))
                    .Append(Declarer(incident))
                    .OfType<string>()
                    .Select(personOf)
                    .OfType<string>()
                    .Concat(asked.SelectMany(peopleIn))
                    .Distinct(),
            ],
            [
                .. incident.Targets.Where(target => target.Kind is "group").Select(target => target.Name),
                .. incident.Private ? [] : options.InviteGroups.Concat(asked),
            ],
            summary.Message
        );
        var hash = HashOf(JsonSerializer.Serialize(dress)) + MembersOf(dress.Groups, incident);
        if (!IsDressed(sight.Room.Dress, hash))
            yield return new RoomWork(ChatOperation.DressRoom, CardPriority.State, "", null, null) { Dress = dress, Hash = hash };
    }

    // Whoever comes into a group later is invited, too, as long as the incident is open.
    private string MembersOf(IReadOnlyList<string> groups, Incident incident)
    {
        var members = incident.IsOpen ? groups.Select(membersOf).ToList() : [];
        return members.Count == 0 || members.Contains(null)
            ? ""
            : "/" + HashOf(string.Join(' ', members.SelectMany(one => one!).Distinct().Order(StringComparer.Ordinal)));
    }

    // While nobody has said who is in the groups, who was in them counts.
    private static bool IsDressed(string? dress, string hash) =>
        dress == hash || (!hash.Contains('/', StringComparison.Ordinal) && dress?.StartsWith(hash + "/", StringComparison.Ordinal) is true);

    private static IEnumerable<string> Asked(RoomSight sight) =>
        sight.Runs.SelectMany(run => run.WaitingFor).SelectMany(wait => wait.Wait.From).Distinct().Order(StringComparer.Ordinal);

    private static string? Declarer(Incident incident) => Actor.Parse(incident.DeclaredBy) is { IsPerson: true } actor ? actor.Name : null;

    private IEnumerable<RoomWork> Lines(RoomSight sight)
    {
        if (sight.Posts.Values.Any(post => post.IsOnItsWay && post.Slot.StartsWith(LineSlot, StringComparison.Ordinal)))
            yield break;
        var lines = new List<(LogEvent Logged, ChatMessage Line)>();
        var upto = sight.Room.Told;
        foreach (var (logged, fact) in sight.Untold)
        {
            if (
                !(fact is IncidentFact.RunbookProposed { Runbook: var proposed } && HasCard(sight, proposed))
                && StoryLines.Of(logged, fact, platform, sight.Incident, roomOf) is { } line
            )
                lines.Add((logged, line));
            else if (lines.Count == 0)
                upto = logged.Position;
        }

        if (lines.Count == 0)
        {
            // Nothing to tell up to here: remembered, so that it is not looked at again.
            if (upto > sight.Room.Told)
                yield return Noted(new RoomNote.Told(upto));
            yield break;
        }

        var (first, message) = lines[0];
        upto = first.Position;
        if (lines.Count > 1 && sight.Now - first.RecordedAt > Stale)
        {
            (message, var told) = StoryLines.Digest(lines);
            upto = lines[told - 1].Logged.Position;
        }

        var slot = LineSlot + first.Position.ToString(CultureInfo.InvariantCulture);
        yield return new RoomWork(
            ChatOperation.Post,
            CardPriority.Card,
            slot,
            message with
            {
                Id = IdOf(sight.Incident.Number, slot),
            },
            sight.Posts.GetValueOrDefault(slot)
        )
        {
            Upto = upto,
            Hash = HashOf(message.Text),
        };
    }

    private IEnumerable<RoomWork> Card(RoomSight sight, string slot, Card card, IReadOnlyList<CalledGroup>? calls = null)
    {
        var hash = HashOf(JsonSerializer.Serialize(card));
        var message = new ChatMessage(IdOf(sight.Incident.Number, slot), $"{card.Title}. {card.Text}", card) { Calls = calls ?? [] };
        var post = sight.Posts.GetValueOrDefault(slot);
        // What was refused for good is tried again once it says something else.
        if (post is null or { IsWanted: true } || (post.State == PostRow.Failed && post.Hash != hash))
            yield return new RoomWork(ChatOperation.Post, card.Priority, slot, message, post) { Hash = hash };
        else if (post.IsThere && post.Hash != hash)
        {
            yield return new RoomWork(ChatOperation.Update, card.Priority, slot, message, post)
            {
                Hash = hash,
                NotBefore = card.Priority <= CardPriority.Decision ? default : post.TriedAt + BetweenEdits,
            };
        }
    }

    private static CardPriority PriorityOf(string slot) =>
        slot.StartsWith(WaitSlot, StringComparison.Ordinal) ? CardPriority.Decision
        : slot is SummarySlot or AnnounceSlot ? CardPriority.State
        : slot.StartsWith(RunSlot, StringComparison.Ordinal) ? CardPriority.Progress
        : CardPriority.Card;

    private string AddressOf(RunState run) => $"{publicUrl}/runs/{run.Id}";

    private string Address(string incident) => $"{publicUrl}/incidents/{incident}";

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
