using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bot.Commands;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>
/// What is to be done for a room, what matters most first. Pure, and made anew from what is true now each time: only the latest
/// state of a card is ever sent, and what an outage made stale never is.
/// </summary>
/// <param name="personOf">The platform's id of somebody.</param>
/// <param name="peopleIn">The platform's ids of who is in a group, as this bot knows it.</param>
/// <param name="membersOf">As <see cref="IChatPlatform.MembersOf"/>.</param>
/// <param name="roomOf">The platform's id of an incident's room.</param>
/// <param name="incidentOf">Whose a room is now, by the platform's id.</param>
internal sealed class RoomPlan(
    ChatOptions options,
    string publicUrl,
    string platform,
    Func<string, string?> personOf,
    Func<string, IReadOnlyList<string>> peopleIn,
    Func<string, IReadOnlyList<string>?> membersOf,
    Func<string, string?> roomOf,
    Func<string, string?> incidentOf
)
{
    public const string SummarySlot = "summary";
    public const string AnnounceSlot = "announce";
    private const string AlertsSlot = "alerts";
    private const string WaitSlot = "wait/";
    private const string RunSlot = "run/";
    private const string LineSlot = "line/";
    private const string BriefSlot = "brief/";
    private const string OfferSlot = "offer/";
    private const string ExposedSlot = "exposed/";

    // Of a question that has no room: more people than could decide it in a moment.
    private const int MostAlone = 20;

    // Edits of one card in quick succession are one edit.
    private static readonly TimeSpan BetweenEdits = TimeSpan.FromSeconds(2);

    // What was on its way when its answer was lost may arrive a moment later.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    // What was given up as lost has arrived by then, or does not: a platform is waited for ten seconds, and networks hold on to little longer.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    // Lines older than this were held up by an outage, and are told together.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);

    private readonly RoomGuests guests = new(options, personOf, peopleIn, membersOf);

    public IReadOnlyList<RoomWork> Of(RoomSight sight)
    {
        var known = sight.Incident.Rooms.GetValueOrDefault(platform);
        if (sight.Room.Room is not { } room)
        {
            return known is not null ? [.. Calls(sight), Noted(new RoomNote.Taken(known))]
                // One that is over gets another one when it is opened again.
                : sight.Incident is { IsOpen: false } over && over.ExposedIn(platform).Any()
                    ? WithForgotten(sight, [.. Calls(sight), .. Exposures(sight), .. Lookups(sight, post => post.IsOnItsWay, Settle)])
                : sight.Room.Trouble is null ? [.. Calls(sight), .. Exposures(sight), Opening(sight.Incident)]
                : [.. WithForgotten(sight, WithoutRoom(sight)), Opening(sight.Incident)];
        }

        if (sight.Incident.HasLost(platform, room) || (known is not null && known != room))
            return [Noted(new RoomNote.Left())];
        if (sight.Incident.IsOpen && incidentOf(room) is { } other && other != sight.Incident.Id)
            return [Noted(new RoomNote.Back(room))];
        if (Deleted(sight) is { Count: > 0 } deleted)
            return deleted;
        var (named, members) = Invitations(sight);
        return WithForgotten(
            sight,
            [
                .. Decisions(sight),
                .. Lookups(sight, post => post.IsOnItsWay, Settle),
                .. Card(sight, SummarySlot, RoomCards.Summary(sight.Incident, Address(sight.Incident.Id))),
                .. Alerts(sight),
                // As many as a group has people: what all of them look at comes first.
                .. Calls(sight),
                .. Dress(sight),
                .. named,
                .. Announcement(sight),
                .. Exposures(sight),
                .. Briefs(sight),
                .. Offers(sight),
                .. Lines(sight),
                .. Progress(sight),
                // A big group takes minutes, in which the story is told.
                .. members,
                .. Leftovers(sight),
                .. Lookups(sight, post => post.State == PostRow.Resent, Late),
            ]
        );
    }

    // Once the platform has refused a room, what cannot wait for one goes elsewhere; the story is told in the room that comes.
    private RoomWork[] WithoutRoom(RoomSight sight) =>
        [
            .. Decisions(sight),
            .. Lookups(sight, post => post.IsOnItsWay, Settle),
            .. Announcement(sight),
            .. Exposures(sight),
            .. Calls(sight),
            .. Briefs(sight),
            .. IsAnnounced(sight) ? Alerts(sight) : [],
            .. IsAnnounced(sight) ? Progress(sight) : [],
            .. Leads(sight),
            .. Leftovers(sight),
            .. Lookups(sight, post => post.State == PostRow.Resent, Late),
        ];

    // What was lost on the way and is not wanted any more is forgotten.
    private static IReadOnlyList<RoomWork> WithForgotten(RoomSight sight, IReadOnlyList<RoomWork> works) =>
        [
            .. works,
            .. sight
                .Posts.Values.Where(post => post.IsWanted && works.All(work => work.Slot != post.Slot))
                .Select(post => Noted(new RoomNote.Forgotten(post))),
        ];

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
        : Aside.Is(slot) ? Aside.PlaceOf(slot)
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

    // What was tried in the future was tried before the clock was set back: it does not wait for that hour.
    private static DateTimeOffset Rested(RoomSight sight, PostRow post, TimeSpan after) =>
        post.TriedAt > sight.Now + after ? default : post.TriedAt + after;

    // What may have been sent is looked for before it is said again. It keeps only its own place, and of lines those after it.
    private static IEnumerable<RoomWork> Lookups(RoomSight sight, Func<PostRow, bool> which, TimeSpan after) =>
        sight
            .Posts.Values.Where(which)
            .Select(post => new RoomWork(ChatOperation.Find, PriorityOf(post.Slot), post.Slot, null, post)
            {
                NotBefore = Rested(sight, post, after),
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
                if (WaitCards.Of(run, step, wait, sight.Asked.GetValueOrDefault((run.Id, step)) ?? [], AddressOf(run)) is not { } card)
                    continue;
                var calls = wait.From.Select(group => new CalledGroup(group, peopleIn(group))).ToList();
                foreach (var slot in SlotsOf(sight, run, step, wait))
                {
                    open.Add(slot);
                    // Whoever is asked alone is called by that.
                    var isForAll = !Aside.Is(slot) || Aside.PlaceOf(slot) == options.AnnounceIn;
                    foreach (
                        var work in Card(sight, slot, Aside.Is(slot) ? RoomCards.Of(sight.Incident, card) : card, isForAll ? calls : null)
                    )
                        yield return work;
                }
            }

            foreach (
                var (slot, _) in sight.Posts.Where(post =>
                    post.Value.State is not (PostRow.Failed or PostRow.Missing)
                    && IsOf(Aside.WhatOf(post.Key), run)
                    && !open.Contains(post.Key)
                )
            )
            {
                foreach (var work in Card(sight, slot, Past(sight, run, slot, open, AddressOf(run))))
                    yield return work;
            }
        }
    }

    /// <param name="open">Slots in which something is asked now.</param>
    private static Card Past(RoomSight sight, RunState run, string slot, HashSet<string> open, string address)
    {
        var question = Aside.WhatOf(slot);
        var step = StepIn(question, run);
        return !IsAskedAgain(question, run, step) ? WaitCards.Closed(run, step, address)
            : !Aside.Is(slot) || open.Any(other => Aside.Is(other) && Aside.PlaceOf(other) == Aside.PlaceOf(slot))
                ? WaitCards.Again(run, step)
            : WaitCards.Elsewhere(run, step, sight.Room.Room);
    }

    // In its room; where there is none beside its announcement, and of one that is not announced, with those who can decide.
    private IEnumerable<string> SlotsOf(RoomSight sight, RunState run, string step, StepWait wait)
    {
        var slot = SlotOf(run, step, wait);
        return sight.Room.Room is not null ? [slot]
            : IsAnnounced(sight) ? [Aside.In(options.AnnounceIn, slot)]
            : LeadOf(sight.Incident)
                // Whoever may approve a step may still not see a private incident.
                .Concat(sight.Incident.Private ? [] : wait.From.SelectMany(group => peopleIn(group).Concat(membersOf(group) ?? [])))
                .Distinct(StringComparer.Ordinal)
                .Take(MostAlone)
                .Select(person => Aside.In(person, slot));
    }

    // Who leads it, or else who declared it, by the platform's id; nobody where it knows neither.
    private IEnumerable<string> LeadOf(Incident incident) =>
        (incident.Commander ?? RoomGuests.Declarer(incident)) is { } name && personOf(name) is { } person ? [person] : [];

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

    // Of one that is over before it could be told, the story alone tells.
    private IEnumerable<RoomWork> Alerts(RoomSight sight)
    {
        var slot = sight.Room.Room is null ? Aside.In(options.AnnounceIn, AlertsSlot) : AlertsSlot;
        if (sight.Alerts.Count == 0 || (!sight.Incident.IsOpen && !sight.Posts.ContainsKey(slot)))
            return [];
        var card = AlertsCard.Of(sight.Incident, sight.Alerts, Address(sight.Incident.Id));
        return Card(sight, slot, sight.Room.Room is null ? RoomCards.Of(sight.Incident, card) : card);
    }

    private IEnumerable<RoomWork> Progress(RoomSight sight) =>
        sight.Runs.SelectMany(run =>
        {
            var card = RoomCards.Progress(
                run,
                AddressOf(run),
                sight.Outputs.GetValueOrDefault(run.Id),
                sight.Books.GetValueOrDefault(run.Id)
            );
            return sight.Room.Room is null
                ? Card(sight, Aside.In(options.AnnounceIn, RunSlot + run.Id), RoomCards.Of(sight.Incident, card))
                : Card(sight, RunSlot + run.Id, card);
        });

    private IEnumerable<RoomWork> Announcement(RoomSight sight) =>
        !IsToBeAnnounced(sight.Incident)
            ? []
            : Card(
                sight,
                AnnounceSlot,
                sight.Room.Room is { } room
                    ? RoomCards.Announcement(sight.Incident, Address(sight.Incident.Id), room)
                    : RoomCards.WithoutRoom(sight.Incident, Address(sight.Incident.Id))
            );

    private bool IsToBeAnnounced(Incident incident) =>
        options.AnnounceIn.Length > 0 && !incident.Private && incident.Kind is IncidentKind.Real;

    // Where the platform does not take the announcement either, nobody reads what would stand beside it.
    private bool IsAnnounced(RoomSight sight) =>
        IsToBeAnnounced(sight.Incident) && sight.Posts.GetValueOrDefault(AnnounceSlot) is not { State: PostRow.Failed };

    // Of one that has no room and is announced nowhere, who leads it hears alone.
    private IEnumerable<RoomWork> Leads(RoomSight sight) =>
        IsAnnounced(sight)
            ? []
            : LeadOf(sight.Incident)
                .SelectMany(person =>
                    Card(sight, Aside.In(person, SummarySlot), RoomCards.WithoutRoom(sight.Incident, Address(sight.Incident.Id)))
                );

    // What was said before can still be read: whoever leads it hears of that alone, and not only on a timeline.
    private IEnumerable<RoomWork> Exposures(RoomSight sight) =>
        sight
            .Incident.ExposedIn(platform)
            .SelectMany(room => LeadOf(sight.Incident).Select(person => Aside.In(person, ExposedSlot + room)))
            .SelectMany(slot => Card(sight, slot, RoomCards.Exposed(sight.Incident, Address(sight.Incident.Id), sight.Room.Room)));

    // What stands elsewhere and is not kept up there any more says where it goes on.
    private IEnumerable<RoomWork> Leftovers(RoomSight sight)
    {
        var room = sight.Room.Room;
        var kept = room is null && !IsAnnounced(sight) ? LeadOf(sight.Incident).ToHashSet(StringComparer.Ordinal) : [];
        if (room is null && IsAnnounced(sight))
            kept.Add(options.AnnounceIn);
        return sight
            .Posts.Values.Where(post => post.IsThere && Aside.Is(post.Slot) && !kept.Contains(Aside.PlaceOf(post.Slot)))
            .Where(post =>
                Aside.WhatOf(post.Slot) is var what
                && (what is SummarySlot or AlertsSlot || what.StartsWith(RunSlot, StringComparison.Ordinal))
            )
            .SelectMany(post => Card(sight, post.Slot, RoomCards.GoesOn(sight.Incident, Address(sight.Incident.Id), room)));
    }

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
                    RoomCards.Proposal(
                        sight.Incident,
                        one,
                        sight.Offered.GetValueOrDefault(one.Runbook),
                        one.Run is { } run ? $"{publicUrl}/runs/{run}" : $"{publicUrl}/runbooks?incident={sight.Incident.Id}#{one.Runbook}"
                    )
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
        if (!IsBegun(sight))
            yield break;
        var incident = sight.Incident;
        var dress = new RoomDress(
            $"{incident.Severity.Word()} · {incident.State.Word()} · "
                + (incident.Commander is { } commander ? $"lead {commander}" : "no commander")
                + $" · {Address(incident.Id)}",
            [new RoomLink("Incident page", Address(incident.Id))],
            sight.Posts[SummarySlot].Message
        );
        var hash = HashOf(JsonSerializer.Serialize(dress));
        if (sight.Room.Dress != hash)
            yield return new RoomWork(ChatOperation.DressRoom, CardPriority.State, "", null, null) { Dress = dress, Hash = hash };
    }

    // Whoever comes in finds the summary.
    private static bool IsBegun(RoomSight sight) => sight.Posts.GetValueOrDefault(SummarySlot) is { Message: not null };

    // One by one: neither who cannot be let in now nor a platform that takes its time holds up the others.
    private (IReadOnlyList<RoomWork> Named, IReadOnlyList<RoomWork> Members) Invitations(RoomSight sight)
    {
        if (!IsBegun(sight) || (incidentOf(sight.Room.Room!) is { } other && other != sight.Incident.Id))
            return ([], []);
        var (invites, gone, unknown) = guests.Of(sight);
        var people = invites.GroupBy(invite => invite.Person).ToLookup(person => person.Any(RoomGuests.IsNamed), Work);
        return (
            [.. gone.Count > 0 ? [Noted(new RoomNote.Uninvited(gone))] : Array.Empty<RoomWork>(), .. people[true]],
            [.. people[false], .. unknown.Select(group => Invitation("group/" + group, []))]
        );

        static RoomWork Work(IGrouping<string, Invite> person) => Invitation(person.Key, [.. person]);
        static RoomWork Invitation(string who, IReadOnlyList<Invite> why) =>
            new(ChatOperation.Invite, CardPriority.State, who, null, null) { Invites = why };
    }

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
        var message = new ChatMessage(IdOf(sight.Incident.Number, slot), Prose.Join(card.Title, card.Text), card) { Calls = calls ?? [] };
        var post = sight.Posts.GetValueOrDefault(slot);
        // What was refused for good is tried again once it says something else.
        if (post is null or { IsWanted: true } || (post.State == PostRow.Failed && post.Hash != hash))
            yield return new RoomWork(ChatOperation.Post, card.Priority, slot, message, post) { Hash = hash };
        else if (post.IsThere && post.Hash != hash)
        {
            yield return new RoomWork(ChatOperation.Update, card.Priority, slot, message, post)
            {
                Hash = hash,
                NotBefore = card.Priority <= CardPriority.Decision ? default : Rested(sight, post, BetweenEdits),
            };
        }
    }

    private static CardPriority PriorityOf(string slot) =>
        Aside.WhatOf(slot) switch
        {
            var what when what.StartsWith(WaitSlot, StringComparison.Ordinal) => CardPriority.Decision,
            SummarySlot or AnnounceSlot => CardPriority.State,
            var what when what.StartsWith(RunSlot, StringComparison.Ordinal) => CardPriority.Progress,
            _ => CardPriority.Card,
        };

    private string AddressOf(RunState run) => $"{publicUrl}/runs/{run.Id}";

    private string Address(string incident) => $"{publicUrl}/incidents/{incident}";

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
