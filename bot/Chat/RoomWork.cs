using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;
using Runbooks.Definition;
using Runbooks.Planning;
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
    /// <summary>Who was invited into the room already, and why.</summary>
    public IReadOnlySet<Invite> Invited { get; init; } = new HashSet<Invite>();

    /// <summary>Its first alerts, those that fire before the others.</summary>
    public IReadOnlyList<AlertRow> Alerts { get; init; } = [];

    /// <summary>The last lines of runs that are over, by run.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = new Dictionary<string, string>();

    /// <summary>All of what people are asked about, by run and step.</summary>
    public IReadOnlyDictionary<(string Run, string Step), IReadOnlyList<WholeCall>> Asked { get; init; } =
        new Dictionary<(string, string), IReadOnlyList<WholeCall>>();

    /// <summary>What its proposed runbooks are, by name; of one that is not there any more nothing.</summary>
    public IReadOnlyDictionary<string, RunbookGlance> Offered { get; init; } = new Dictionary<string, RunbookGlance>();

    /// <summary>The definitions of runs in which a step has failed and is tried again later, by run.</summary>
    public IReadOnlyDictionary<string, RunbookSet> Books { get; init; } = new Dictionary<string, RunbookSet>();
}

/// <summary>One thing to do for a room.</summary>
/// <param name="Slot">Of posts and edits; of an invitation who is invited, or which group; empty otherwise.</param>
/// <param name="Post">What is known of the slot; null: nothing was sent.</param>
internal sealed record RoomWork(ChatOperation Operation, CardPriority Priority, string Slot, ChatMessage? Message, PostRow? Post)
{
    /// <summary>Of lines: the position that the room is told afterwards.</summary>
    public long Upto { get; init; }
    public string Hash { get; init; } = "";

    /// <summary>An edit that may wait, so that the next ones join it.</summary>
    public DateTimeOffset NotBefore { get; init; }
    public RoomDress? Dress { get; init; }

    /// <summary>Of an invitation: why they are; none of a group of which nobody has said who is in it.</summary>
    public IReadOnlyList<Invite> Invites { get; init; } = [];

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

    /// <summary>It goes on, and its room has been another incident's since it was over.</summary>
    public sealed record Back(string Room) : RoomNote;

    /// <summary>The room takes nothing any more; what stands in it is left behind.</summary>
    public sealed record Left : RoomNote;

    /// <summary>Some belong into the room no more for these reasons.</summary>
    public sealed record Uninvited(IReadOnlyList<Invite> Invites) : RoomNote;

    /// <summary>Somebody deleted a message that is still wanted, or one that was lost is wanted no more.</summary>
    public sealed record Forgotten(PostRow Post) : RoomNote;
}
