using Bot.Access;
using Bot.Desk;
using Bot.Effects;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// Somebody is called who has not used the bot: where a chat platform knows them they become known here, as if they had typed. Who was invited
/// here by a name alone is nobody whose handle happens to read like that: a handle can be changed, and proves nothing.
/// </summary>
internal sealed class Strangers(IEnumerable<IChatPlatform> platforms, ChatPeople people, AccessState access) : IStrangers
{
    public async Task<FoundStranger> FindAsync(string name, CancellationToken cancel)
    {
        var nobody = new FoundStranger(null, null);
        foreach (var platform in platforms.Where(one => one is { IsOn: true, ReadsTheLog: false }))
        {
            if (access.Current.ChatIds.ContainsKey(new ChatKey(platform.Name, name)))
                return new FoundStranger(name, null);
            if (!name.Contains('@', StringComparison.Ordinal) && access.Current.Knows(name))
            {
                nobody = new FoundStranger(
                    null,
                    $"{name} was invited here by a name, by which {platform.Name} knows nobody for certain: invite their e-mail address, "
                        + "or let them type a command there once"
                );
                continue;
            }

            var found = await platform.LookForAsync(name, cancel);
            if (found.Person is not { } person)
            {
                nobody = new FoundStranger(null, found.Why, nobody.Retryable || found.Retryable);
                continue;
            }

            await people.MeetAsync(platform.Name, person, anew: false, cancel);
            if (access.Current.ChatUsers.GetValueOrDefault(new ChatKey(platform.Name, person.Id)) is { } met)
                return new FoundStranger(met.User, null);
            nobody = new FoundStranger(
                null,
                $"{person.Name} in {platform.Name} may do nothing here: see Chat:Roles:{(person.Standing is ChatStanding.Guest ? "Guests" : "Members")}"
            );
        }

        return nobody;
    }
}
