using System.Collections.ObjectModel;

namespace Integrations;

/// <summary>
/// Where a platform hands in what people typed, pressed or wrote. Implemented by the bot. When a task ends, what follows is on
/// disk: only then may the platform acknowledge. The same input again does nothing twice and gets the first answer.
/// </summary>
public interface IChatInbox
{
    Task<ChatReply> HandleAsync(ChatInput input, CancellationToken cancel);

    /// <summary>What somebody sees of the bot outside of any room: their incidents, what waits for them.</summary>
    Task<IReadOnlyList<Card>> HomeAsync(string platform, ChatPerson person, CancellationToken cancel);

    /// <summary>Open incidents whose id or title begins with, or holds, what was typed; all for nothing.</summary>
    Task<IReadOnlyList<ChatSuggestion>> SuggestIncidentsAsync(string platform, ChatPerson person, string typed, CancellationToken cancel);
}

/// <param name="Incident"><c>inc-42</c>.</param>
public sealed record ChatSuggestion(string Incident, string Label);

/// <summary>Who is who and what is where, as the bot knows it. Implemented by the bot; answers at once, from memory, where it does not say otherwise.</summary>
public interface IChatDirectory
{
    /// <summary>The platform's id of somebody whom it has met; null for others.</summary>
    string? PersonOf(string platform, string user);

    /// <summary>The bot's name of somebody; null for a stranger.</summary>
    string? UserOf(string platform, string personId);

    /// <summary>Names of the groups whose members have a role, or more, by being in it (<c>Chat:Roles:Groups</c>), in order.</summary>
    /// <param name="role"><c>viewer</c>, <c>responder</c>, <c>approver</c> or <c>admin</c>.</param>
    IReadOnlyList<string> GroupsWith(string role);

    /// <summary>The platform's id of an incident's room; null while there is none.</summary>
    string? RoomOf(string platform, string incident);

    /// <summary>The incident (<c>inc-42</c>) of a room; null for any other room.</summary>
    string? IncidentOf(string platform, string roomId);

    /// <summary>As <see cref="IncidentOf"/>, and looks whether another node learnt of the room a moment ago, before anything that is said there is dropped.</summary>
    Task<string?> FindIncidentAsync(string platform, string roomId, CancellationToken cancel);

    /// <summary>
    /// On which incidents' timelines somebody has put a message, wherever it stands. Of an incident that is over it may be forgotten.
    /// </summary>
    IReadOnlyCollection<string> MarkedIn(string platform, string roomId, string message);
}

/// <param name="Room">The platform's id of where it happened; null outside of any.</param>
/// <param name="Id">The platform's id of this input, for idempotency.</param>
public sealed record ChatInput(string Platform, ChatPerson Person, string? Room, ChatAct Act, string Id);

/// <summary>What somebody did.</summary>
public abstract record ChatAct
{
    private ChatAct() { }

    /// <summary>A command, typed or behind a button.</summary>
    public sealed record Typed(string Text) : ChatAct
    {
        /// <summary>A button that asks first: the command's questions are wanted, also where it could do without.</summary>
        public bool Asks { get; init; }

        /// <summary>The platform's ids of the rooms that it names, by how they read in the text: <c>#ops</c>.</summary>
        public IReadOnlyDictionary<string, string> Rooms { get; init; } = ReadOnlyDictionary<string, string>.Empty;

        /// <summary>The message that it is about, where a shortcut of that message began it; <see cref="ChatLine.Room"/> is set.</summary>
        public ChatLine? About { get; init; }
    }

    /// <summary>A message in a room.</summary>
    public sealed record Wrote(ChatLine Line) : ChatAct;

    /// <param name="Line">As it reads now.</param>
    public sealed record Edited(ChatLine Line) : ChatAct
    {
        /// <summary>When it was edited.</summary>
        public required DateTimeOffset At { get; init; }
    }

    public sealed record Deleted(string MessageId) : ChatAct
    {
        /// <summary>An app wrote it, this bot or another one.</summary>
        public bool IsOfApp { get; init; }
    }

    /// <summary>The room itself was archived or deleted.</summary>
    /// <param name="How">In words, as <c>archived by anna</c>.</param>
    public sealed record Lost(string How) : ChatAct;

    /// <summary>Everybody can read the room from now on, who could not before.</summary>
    /// <param name="How">In words, as <c>made public by anna</c>.</param>
    public sealed record Exposed(string How) : ChatAct;

    /// <summary>The room has another id from now on.</summary>
    public sealed record Moved(string Room) : ChatAct;

    /// <summary>Nothing; somebody else named them, and they become known by name.</summary>
    public sealed record Met : ChatAct;

    /// <summary>Somebody wants a message on the timeline, by a reaction or a shortcut.</summary>
    public sealed record Marked(ChatLine Line) : ChatAct;
}

/// <summary>A message as people wrote it.</summary>
/// <param name="MessageId">The platform's id within the room.</param>
/// <param name="Author">The platform's id of who wrote it.</param>
/// <param name="Files">Names or addresses of files that hang on it.</param>
public sealed record ChatLine(
    string MessageId,
    string Author,
    string Text,
    DateTimeOffset At,
    string? Permalink,
    IReadOnlyList<string> Files
)
{
    /// <summary>The platform's id of the room that it stands in; null: the input's.</summary>
    public string? Room { get; init; }

    /// <summary>What the platform calls who wrote it; null: it did not say.</summary>
    public string? AuthorName { get; init; }
}

/// <summary>Somebody, as the platform knows them.</summary>
/// <param name="Id">The platform's own, which never changes.</param>
/// <param name="Name">What they are called there; people may change it, so it proves nothing.</param>
/// <param name="Email">As the platform has verified it; null where it does not say.</param>
/// <param name="Groups">Names of groups that they are in; null: the platform did not say, and what was known before holds.</param>
public sealed record ChatPerson(string Id, string Name, string? Email, ChatStanding Standing, IReadOnlyList<string>? Groups);

public enum ChatStanding
{
    /// <summary>The platform did not answer: what was known before holds.</summary>
    Unknown,

    /// <summary>From outside of the organisation, or restricted to some rooms.</summary>
    Guest,
    Member,

    /// <summary>Administers the platform itself.</summary>
    Admin,
}

/// <summary>The answer to an input.</summary>
/// <param name="Accepted">False: refused; the text says why and what to do.</param>
/// <param name="OnlyToAsker">Shown to the one who asked; the facts tell the others.</param>
public sealed record ChatReply(bool Accepted, string Text, Card? Card = null, Form? Form = null, bool OnlyToAsker = true)
{
    /// <summary>Where more of it is seen; null: nowhere.</summary>
    public string? Link { get; init; }
}
