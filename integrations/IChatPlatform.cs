namespace Integrations;

/// <summary>
/// A place where people talk to the bot. What arrives goes to <see cref="IChatInbox"/>; what leaves comes here, from the
/// outbox, in order per room. Nothing here waits or tries again: the outbox does, by what each receipt says. Discovered; a
/// platform is on when its settings exist.
/// </summary>
public interface IChatPlatform
{
    string Name { get; }

    bool IsOn { get; }

    /// <summary>
    /// True for a platform that shows the log itself (the web console): its rooms are the incidents' streams and it needs no outbox.
    /// </summary>
    bool ReadsTheLog { get; }

    /// <summary>Anything about it that people have to know or mend, in words, for the health page; empty when all is well.</summary>
    IReadOnlyList<string> Troubles => [];

    /// <summary>What has not come in yet, so that nobody can tell whether it is set up, in words for the health page; null: nothing.</summary>
    string? Unseen => null;

    /// <summary>Makes the room, or finds the one that an earlier try made. What may be another incident's is not taken. Asked for one room at a time.</summary>
    Task<ChatReceipt> OpenRoomAsync(ChatRoom room, CancellationToken cancel);

    /// <summary>Topic, links, pinned message. Every part may be done already.</summary>
    Task<ChatReceipt> DressRoomAsync(ChatRoom room, RoomDress dress, CancellationToken cancel);

    /// <summary>Lets somebody into a room.</summary>
    /// <param name="person">The platform's own id.</param>
    /// <returns>Done also of who is in it already, or can never come.</returns>
    Task<ChatReceipt> InviteAsync(ChatRoom room, string person, CancellationToken cancel) => Task.FromResult(ChatReceipt.Done());

    Task<ChatReceipt> PostAsync(ChatRoom room, ChatMessage message, CancellationToken cancel);

    /// <summary>Replaces a message that was posted; the latest state wins, so a repeat does no harm.</summary>
    Task<ChatReceipt> UpdateAsync(ChatRoom room, string messageId, ChatMessage message, CancellationToken cancel);

    /// <summary>Looks whether a post whose answer was lost is there.</summary>
    /// <param name="id">As <see cref="ChatMessage.Id"/>.</param>
    /// <param name="since">It was not sent before.</param>
    /// <param name="known">The message that it is known by: another one is looked for, which came late; null: none is known.</param>
    /// <returns>
    /// Delivered with the message's id; delivered without one: it is not there; a refusal: no look can tell; else it cannot be told now.
    /// </returns>
    Task<ChatReceipt> FindAsync(ChatRoom room, string id, DateTimeOffset since, string? known, CancellationToken cancel);

    /// <summary>What people did in the room since: read back after an outage. May take its time: it keeps the platform's limits itself.</summary>
    /// <param name="known">By id, the room's messages that are on the log and were not deleted.</param>
    /// <returns>
    /// New messages, edits and deletions of known ones, and which were marked, for the inbox; null: it cannot be told now. Nothing of a
    /// room that is gone.
    /// </returns>
    Task<IReadOnlyList<ChatInput>?> ReadBackAsync(
        ChatRoom room,
        DateTimeOffset since,
        IReadOnlyDictionary<string, KnownMessage> known,
        CancellationToken cancel
    );

    /// <summary>
    /// What became of single messages that people put onto a timeline and that stand in a room of nobody's incident: as
    /// <see cref="ReadBackAsync"/>, and nothing else of that room is read.
    /// </summary>
    /// <param name="known">By id, those messages as the log has them.</param>
    /// <returns>Edits and deletions for the inbox; null: it cannot be told now.</returns>
    Task<IReadOnlyList<ChatInput>?> ReadMarkedAsync(
        string room,
        DateTimeOffset since,
        IReadOnlyDictionary<string, KnownMessage> known,
        CancellationToken cancel
    ) => Task.FromResult<IReadOnlyList<ChatInput>?>([]);

    /// <summary>Shows a file in a room, at once: it is not looked up, and a doubtful receipt is the end of it.</summary>
    Task<ChatReceipt> UploadAsync(ChatRoom room, ChatFile file, CancellationToken cancel) =>
        Task.FromResult(ChatReceipt.Refused("It shows no files."));

    /// <summary>A message by the link that people copy from the platform.</summary>
    /// <param name="person">Who asks, by the platform's own id: nobody is shown what stands in a closed room that they are not in. Null: nobody of it.</param>
    /// <returns>Null: it is no link of this platform.</returns>
    Task<ChatFound?> ReadAsync(string link, string? person, CancellationToken cancel) => Task.FromResult<ChatFound?>(null);

    /// <summary>Goes into a room that people made, so that it can become an incident's.</summary>
    /// <param name="room">Its id, the link to it that people copy, or, of one that is open to everybody, its name: <c>#ops</c>.</param>
    /// <param name="isPrivate">Of an incident that not everybody may know of: the room must be closed, too, and is open for any other one.</param>
    /// <param name="person">Who asks, by the platform's own id: a closed room is given by those alone who are in it. Null: nobody of it.</param>
    /// <returns>Delivered with the room's id; else why not, in words.</returns>
    Task<ChatReceipt> EnterRoomAsync(string room, bool isPrivate, string? person, CancellationToken cancel) =>
        Task.FromResult(ChatReceipt.Refused("This is no channel that could become an incident's."));

    /// <summary>
    /// Who somebody is at this moment. What comes in tells who they were a while ago, which will do until they decide something.
    /// </summary>
    /// <returns>
    /// Of unknown standing, and without groups, where the platform does not say so in time: what the log has of them holds, and its outage decides
    /// nothing.
    /// </returns>
    Task<ChatPerson> AskAnewAsync(ChatPerson person, CancellationToken cancel) => Task.FromResult(person);

    /// <summary>Looks among its own people for somebody who may never have used the bot.</summary>
    /// <param name="name">Their e-mail address, as the platform has verified it, or their handle.</param>
    Task<ChatFoundPerson> LookForAsync(string name, CancellationToken cancel) =>
        Task.FromResult(new ChatFoundPerson(null, "it cannot be asked for people"));

    /// <summary>What people call a room, as <c>#ops</c>; null: it does not say now.</summary>
    Task<string?> NameOfAsync(string room, CancellationToken cancel) => Task.FromResult<string?>(null);

    /// <summary>How often something may have been missed so far: what was written meanwhile is read back.</summary>
    long Gaps => 0;

    /// <summary>Who is in a group now, by the platform's own ids; null: it has not said yet.</summary>
    IReadOnlyList<string>? MembersOf(string group) => [];

    /// <summary>This node speaks for it from now on: another one may have spoken meanwhile.</summary>
    void Begin() { }

    /// <summary>How often somebody came into a group, or left one, so far.</summary>
    long GroupChanges => 0;

    /// <summary>How long the platform's limits want an operation to wait; zero: it may go now.</summary>
    TimeSpan WaitFor(ChatOperation operation, string? roomId, CardPriority priority);
}

/// <summary>What the outbox asks of a platform; each has its own limits.</summary>
public enum ChatOperation
{
    OpenRoom,
    DressRoom,
    Invite,
    Post,
    Update,
    Find,
}

/// <param name="Incident"><c>inc-42</c>.</param>
/// <param name="PlatformId">The platform's own id, once the room is open.</param>
public sealed record ChatRoom(string Incident, string? PlatformId)
{
    /// <summary>What it would be called, by the template; the platform bends it to its rules.</summary>
    public string Name { get; init; } = Incident;

    public bool Private { get; init; }

    /// <summary>
    /// Of one that is to be made: since when it may have been made already by a try whose answer was lost. Of one that is read back: when its incident
    /// was declared.
    /// </summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Of one that is to be made: other incidents' rooms of which the same is true.</summary>
    public IReadOnlyList<ChatRoom> Rivals { get; init; } = [];

    /// <summary>Of one that is to be made: the platform's ids of those that the incident had and lost. None of them is the new one.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];
}

/// <param name="Topic">In one line.</param>
/// <param name="PinnedMessage">The message that everybody should find.</param>
public sealed record RoomDress(string Topic, IReadOnlyList<RoomLink> Links, string? PinnedMessage);

public sealed record RoomLink(string Title, string Address);

/// <param name="Id">Ours; a platform that can, keeps it with the message, so that a lost answer can be looked up.</param>
/// <param name="Text">What is shown where a card cannot be, and all there is without one.</param>
public sealed record ChatMessage(string Id, string Text, Card? Card)
{
    /// <summary>Groups whose people are notified when it is posted; an edit notifies nobody.</summary>
    public IReadOnlyList<CalledGroup> Calls { get; init; } = [];
}

/// <param name="Name">As the platform calls it, or as people were invited into it here.</param>
/// <param name="People">The platform's own ids of those in it, for where the platform has no such group.</param>
public sealed record CalledGroup(string Name, IReadOnlyList<string> People);

/// <param name="Comment">What stands beside it.</param>
public sealed record ChatFile(string Name, string Title, string Comment, byte[] Content);

/// <summary>What came of looking for somebody.</summary>
/// <param name="Person">Null: nobody was found.</param>
/// <param name="Why">Why not, in words; null where somebody was.</param>
public sealed record ChatFoundPerson(ChatPerson? Person, string? Why)
{
    /// <summary>The platform did not answer: it may be asked again.</summary>
    public bool Retryable { get; init; }
}

/// <summary>What came of looking a message up.</summary>
/// <param name="Message">Null: it could not be read.</param>
/// <param name="Why">Why not, in words; null where it was read.</param>
public sealed record ChatFound(ChatLine? Message, string? Why);

/// <summary>A message of a room that is on the log.</summary>
/// <param name="Text">As it reads by what the log says.</param>
/// <param name="IsMarked">Somebody has put it on the timeline.</param>
public sealed record KnownMessage(string Text, bool IsMarked);

/// <summary>What is known of one operation.</summary>
/// <param name="Delivered">It was done.</param>
/// <param name="Retryable">Not done, and another try may help.</param>
/// <param name="PlatformId">The room's or message's id on the platform.</param>
/// <param name="Error">In words, with no secret in it.</param>
public sealed record ChatReceipt(bool Delivered, bool Retryable, string? PlatformId, string? Error)
{
    /// <summary>It may have been done: the answer was lost. Look (<see cref="IChatPlatform.FindAsync"/>) before it is sent again.</summary>
    public bool Doubtful { get; init; }

    /// <summary>Nothing of this platform gets through now: not this room's trouble.</summary>
    public bool IsOutage { get; init; }

    /// <summary>The platform did not answer, or broke down in it: several in a row, and it may have been away.</summary>
    public bool IsUnanswered { get; init; }

    /// <summary>Of an edit that was refused: the message is there no more, or nobody can change it now. A new one can say it.</summary>
    public bool IsGone { get; init; }

    /// <summary>The room takes nothing any more: archived, deleted, or closed to the bot. Another one can.</summary>
    public bool IsRoomGone { get; init; }

    /// <summary>Of a private incident: everybody can read its room now, so nothing was said there. Another one can take it.</summary>
    public bool IsRoomExposed { get; init; }

    /// <summary>Of a message that was found: the room in which it stands, which has an id of its own where a person was named instead.</summary>
    public string? Room { get; init; }

    /// <summary>It was only too soon, by the platform's limits: nothing is wrong with it.</summary>
    public bool IsPaced { get; init; }

    /// <summary>How long the platform wants to be left alone with this operation.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The platform said no, and says it again until a person changes something: neither too soon, nor lost on the way.</summary>
    public bool IsRefusal => this is { Delivered: false, Doubtful: false, IsOutage: false, RetryAfter: null };

    public static ChatReceipt Done(string? platformId = null) => new(true, false, platformId, null);

    public static ChatReceipt Refused(string why) => new(false, false, null, why);
}
