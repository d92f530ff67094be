using System.Globalization;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// Who somebody of a chat platform is here, and what they may do. Met once, they keep their name; their role and groups follow
/// the platform. A name there proves nothing, so only a verified e-mail address makes them a user that was invited here.
/// </summary>
internal sealed class ChatPeople(IDesk desk, AccessState access, ChatOptions options, IEnumerable<IChatPlatform> platforms)
{
    private const int MaxName = AccessDecisions.MaxName - 4;

    /// <param name="anew">They decide something: what they are at this moment counts.</param>
    /// <returns>Null: they may do nothing here.</returns>
    public async Task<Caller?> MeetAsync(string platform, ChatPerson person, bool anew, CancellationToken cancel)
    {
        if (anew)
            person = await platforms.First(one => one.Name == platform).AskAnewAsync(person, cancel);
        var known = access.Current.CallerOfChat(platform, person.Id);
        if (person.Standing is ChatStanding.Unknown)
            return known;
        var groups = (person.Groups ?? GroupsBefore(platform, person.Id)).Order(StringComparer.Ordinal).ToList();
        var role = RoleOf(person.Standing, groups);
        if (role is null && known is null)
            return null;
        if (!IsCurrent(access.Current, platform, person, role, groups))
        {
            // The log may have it from a node that knows more than this one remembers: neither writes over what the other has just learnt.
            if (!anew && known is not null)
                return await MeetAsync(platform, person, anew: true, cancel);
            await desk.SubmitAsync(new MeetWork(platform, person, role ?? Role.Viewer, groups), cancel);
            await access.CatchUpAsync(cancel);
        }

        return role is null ? null : access.Current.CallerOfChat(platform, person.Id);
    }

    private IReadOnlyList<string> GroupsBefore(string platform, string id) =>
        access.Current.ChatUsers.GetValueOrDefault(new ChatKey(platform, id))?.Groups ?? [];

    private Role? RoleOf(ChatStanding standing, IReadOnlyList<string> groups)
    {
        var role = standing switch
        {
            ChatStanding.Admin => options.Admins,
            ChatStanding.Member => options.Members,
            _ => options.Guests,
        };
        // A guest in a group is still a guest.
        if (standing is ChatStanding.Guest)
            return role;
        foreach (var group in groups)
        {
            if (options.Groups.TryGetValue(group, out var more) && (role is null || more > role))
                role = more;
        }

        return role;
    }

    private static bool IsCurrent(AccessBook book, string platform, ChatPerson person, Role? role, IReadOnlyList<string> groups) =>
        book.ChatUsers.TryGetValue(new ChatKey(platform, person.Id), out var known)
        && known.Role == (role ?? Role.Viewer)
        && known.Groups.SequenceEqual(groups);

    private sealed class MeetWork(string platform, ChatPerson person, Role role, IReadOnlyList<string> groups) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft)
        {
            var book = draft.Access;
            if (IsCurrent(book, platform, person, role, groups))
                return false;
            var name = book.ChatUsers.TryGetValue(new ChatKey(platform, person.Id), out var known) ? known.User : NameFor(book);
            draft.Append(StreamId.Access, new AccessFact.ChatPersonMet(platform, person.Id, name, role, groups), Actor.System);
            return true;
        }

        private string NameFor(AccessBook book)
        {
            if (person.Email?.ToLowerInvariant() is { } email && book.Users.ContainsKey(email) && !IsTaken(book, email))
                return email;
            var wanted = Plain(person.Name);
            if (!book.Knows(wanted))
                return wanted;
            // Somebody else is called so here.
            var name = $"{wanted}@{platform}";
            for (var another = 2; book.Knows(name); another++)
                name = string.Create(CultureInfo.InvariantCulture, $"{wanted}{another}@{platform}");
            return name;
        }

        private bool IsTaken(AccessBook book, string name) => book.ChatIds.ContainsKey(new ChatKey(platform, name));

        private static string Plain(string name)
        {
            var plain = string.Concat(
                name.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '-')
            );
            plain = plain.TrimStart('-', '.', '_');
            return plain.Length == 0 ? "somebody" : plain[..Math.Min(plain.Length, MaxName - 16)];
        }
    }
}
