using Bot.Access;
using Bot.Commands;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <inheritdoc cref="IChatInbox"/>
internal sealed class ChatInbox(
    CommandDispatcher commands,
    ChatPeople people,
    ChatDirectory directory,
    ChatHome home,
    PostTable posts,
    IDesk desk,
    AccessState access,
    TimeProvider time
) : IChatInbox
{
    public async Task<ChatReply> HandleAsync(ChatInput input, CancellationToken cancel)
    {
        // A command may be typed anywhere, many a second: only one that is refused for want of an incident is worth a look.
        var incident =
            input.Room is not { } room ? null
            : input.Act is ChatAct.Typed ? StreamId.IncidentNumber(directory.IncidentOf(input.Platform, room))
            : await FindIncidentAsync(input.Platform, room, cancel);
        if (input.Act is ChatAct.Deleted deleted)
            return await DeletedAsync(input, incident, deleted, cancel);
        if (input.Act is ChatAct.Lost lost)
            return await DoAsync(
                input,
                incident,
                Actor.System,
                new IncidentCommand.LoseRoom(input.Platform, input.Room!, lost.How),
                input.Id,
                cancel
            );
        if (input.Act is ChatAct.Exposed exposed)
            return await DoAsync(
                input,
                incident,
                Actor.System,
                new IncidentCommand.LoseRoom(input.Platform, input.Room!, exposed.How) { IsExposed = true },
                input.Id,
                cancel
            );
        if (input.Act is ChatAct.Moved moved)
            return await RecordAsync(
                input,
                incident,
                Actor.System,
                new IncidentFact.RoomOpened(input.Platform, moved.Room),
                input.Id,
                cancel
            );
        var caller = await people.MeetAsync(
            input.Platform,
            input.Person,
            anew: input.Act is ChatAct.Typed { Text: var line } && commands.Decides(line),
            cancel
        );
        switch (input.Act)
        {
            case ChatAct.Met:
                return new ChatReply(true, "");
            case ChatAct.Wrote wrote:
                return await RecordAsync(
                    input,
                    incident,
                    Writer(input, wrote.Line),
                    Written(input, wrote.Line),
                    MessageKey(input, wrote.Line.MessageId),
                    cancel
                );
            case ChatAct.Edited edited:
                var edit = new IncidentFact.ChatMessageEdited(input.Platform, input.Room!, edited.Line.MessageId, edited.Line.Text)
                {
                    HappenedAt = Before(edited.At),
                };
                return await FollowAsync(input, incident, edited.Line.MessageId, Writer(input, edited.Line), edit, cancel);
        }

        if (caller is null)
            return Replies.Refused(WhyNot(input.Person));
        // Into the room of a private incident nobody comes whom its people have not let in.
        caller = caller with
        {
            InRoom = input.Room is { } inside ? new ChatKey(input.Platform, inside) : null,
        };
        switch (input.Act)
        {
            case ChatAct.Typed typed:
                var key = new IdempotencyKey("chat/" + input.Platform, input.Id, $"{input.Room}|{typed.Text}");
                var origin = new CommandOrigin(typed.Asks, input.Platform, input.Room, typed.About) { Rooms = typed.Rooms };
                var reply = await commands.DispatchAsync(caller, typed.Text, incident, key, origin, cancel);
                return
                    !reply.Accepted
                    && incident is null
                    && input.Room is { } place
                    && await FindIncidentAsync(input.Platform, place, cancel) is { } late
                    ? await commands.DispatchAsync(caller, typed.Text, late, key, origin, cancel)
                    : reply;
            case ChatAct.Marked marked:
                return await MarkAsync(input, incident, caller, marked.Line, cancel);
            default:
                throw new InvalidOperationException($"No way to handle {input.Act.GetType().Name}.");
        }
    }

    private async Task<int?> FindIncidentAsync(string platform, string room, CancellationToken cancel) =>
        StreamId.IncidentNumber(await directory.FindIncidentAsync(platform, room, cancel));

    public async Task<IReadOnlyList<Card>> HomeAsync(string platform, ChatPerson person, CancellationToken cancel) =>
        await people.MeetAsync(platform, person, anew: false, cancel) is { } caller
            ? await home.OfAsync(platform, caller, cancel)
            : [new Card("Nothing to see here", WhyNot(person))];

    public async Task<IReadOnlyList<ChatSuggestion>> SuggestIncidentsAsync(
        string platform,
        ChatPerson person,
        string typed,
        CancellationToken cancel
    ) => await people.MeetAsync(platform, person, anew: false, cancel) is { } caller ? await home.SuggestAsync(caller, typed, cancel) : [];

    private async Task<ChatReply> MarkAsync(ChatInput input, int? incident, Caller caller, ChatLine line, CancellationToken cancel)
    {
        if (!caller.May(Role.Responder))
        {
            var who = access.Current.Having(Role.Responder).Take(5).ToList();
            return Replies.Refused(new Rejection.NotAllowed("responder", string.Join(", ", who)).Sentence);
        }

        if (incident is null)
        {
            // In any other channel it is asked for which incident it is meant.
            var origin = new CommandOrigin(false, input.Platform, input.Room, line with { Room = input.Room });
            return await commands.DispatchAsync(caller, "/incident mark", null, null, origin, cancel);
        }

        var fact = MarkedMessage.Of(input.Platform, input.Room!, line, directory, time.GetUtcNow());
        var work = new IncidentWork(incident.Value, new IncidentCommand.Record(fact), caller.Actor)
        {
            Key = MarkedMessage.KeyOf(incident.Value, input.Platform, input.Room!, line.MessageId),
        };
        var reply = Replies.Of(await desk.SubmitAsync(work, cancel));
        return reply.Accepted ? reply with { Text = "Added to the timeline." } : reply;
    }

    // Whose it was is known by the posts, also where the platform does not say.
    private async Task<ChatReply> DeletedAsync(ChatInput input, int? incident, ChatAct.Deleted deleted, CancellationToken cancel)
    {
        if (incident is { } number && await posts.FindAsync(input.Platform, number, deleted.MessageId, cancel) is { } ours)
        {
            var post = new IncidentFact.PostDeleted(input.Platform, input.Room!, deleted.MessageId, ours.Slot);
            return await RecordAsync(input, incident, Actor.System, post, input.Id, cancel);
        }

        // What another app wrote is no part of the story until somebody makes it one.
        if (deleted.IsOfApp && directory.MarkedIn(input.Platform, input.Room!, deleted.MessageId).Count == 0)
            return Replies.Said("Another app's.");
        // Whatever tells later that it was written comes too late.
        await desk.SubmitAsync(new GoneWork { Key = KeyOf(input, MessageKey(input, deleted.MessageId)) }, cancel);
        var fact = new IncidentFact.ChatMessageDeleted(input.Platform, input.Room!, deleted.MessageId);
        return await FollowAsync(input, incident, deleted.MessageId, Actor.System, fact, cancel);
    }

    // What became of a message is told wherever it stands on a timeline, beside that of the room.
    private async Task<ChatReply> FollowAsync(
        ChatInput input,
        int? incident,
        string message,
        Actor actor,
        IncidentFact fact,
        CancellationToken cancel
    )
    {
        foreach (var other in directory.MarkedIn(input.Platform, input.Room!, message).Select(StreamId.IncidentNumber))
        {
            if (other != incident)
                await RecordAsync(input, other, actor, fact, $"{StreamId.Incident(other!.Value)}/{input.Id}", cancel);
        }

        return incident is null ? Replies.Said("Followed.") : await RecordAsync(input, incident, actor, fact, input.Id, cancel);
    }

    private Task<ChatReply> RecordAsync(
        ChatInput input,
        int? incident,
        Actor actor,
        IncidentFact fact,
        string id,
        CancellationToken cancel
    ) => DoAsync(input, incident, actor, new IncidentCommand.Record(fact), id, cancel);

    private async Task<ChatReply> DoAsync(
        ChatInput input,
        int? incident,
        Actor actor,
        IncidentCommand command,
        string id,
        CancellationToken cancel
    )
    {
        if (incident is not { } number)
            return Replies.Refused("This is no incident's channel.");
        return Replies.Of(await desk.SubmitAsync(new IncidentWork(number, command, actor) { Key = KeyOf(input, id) }, cancel));
    }

    // The same message may come by an event and be read back later: it is known by its place.
    private static string MessageKey(ChatInput input, string message) => $"message/{input.Room}/{message}";

    private static IdempotencyKey KeyOf(ChatInput input, string id) => new("chat/" + input.Platform, id, id);

    private IncidentFact.ChatMessageWritten Written(ChatInput input, ChatLine line) =>
        new(input.Platform, input.Room!, line.MessageId, line.Text, line.Permalink, line.Files) { HappenedAt = Before(line.At) };

    // Somebody without a role may still have something to say in the room.
    private Actor Writer(ChatInput input, ChatLine line) =>
        directory.UserOf(input.Platform, line.Author) is { } user ? Actor.User(user) : new Actor("guest", input.Person.Name);

    // The platform's clock may be a little ahead of ours; nothing happens after it is recorded.
    private DateTimeOffset Before(DateTimeOffset at) => at < time.GetUtcNow() ? at : time.GetUtcNow();

    private string WhyNot(ChatPerson person) =>
        person.Standing is ChatStanding.Unknown
            ? "I cannot tell who you are: the platform does not answer, and we have not met before. Try again in a moment, or use the web console."
            : $"This needs the role viewer, which guests do not have (Chat:Roles). Ask {string.Join(", ", access.Current.Having(Role.Admin).Take(5).DefaultIfEmpty("an admin"))}.";

    // Takes a message's key, so that nothing is recorded by it any more.
    private sealed class GoneWork : DeskWork<Decision>
    {
        public override string WriteAnswer(Decision answer) => KeptDecision.Write(answer);

        public override Decision ReadAnswer(string kept) => KeptDecision.Read(kept);

        public override Decision Decide(IDraft draft) => new Decision.Accepted([], "It was deleted before.");
    }
}
