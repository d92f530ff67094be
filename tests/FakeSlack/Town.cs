using System.Globalization;
using System.Text.RegularExpressions;

namespace Tests.FakeSlack;

/// <summary>People and places of a workspace, by their names.</summary>
internal static partial class Town
{
    public static Person AddPerson(this SlackServer server, string name, bool admin = false, bool guest = false)
    {
        lock (server.Workspace.Gate)
        {
            var user = new SlackUser(server.Workspace.NewId("U"), name, $"{name}@example.com") { IsAdmin = admin, IsRestricted = guest };
            server.Workspace.Users.Add(user);
            return new Person(server, user);
        }
    }

    /// <summary>Somebody of another workspace, who is here by a shared channel.</summary>
    /// <param name="enterprise">The organization that theirs belongs to; null: it is none.</param>
    public static Person AddOutsider(this SlackServer server, string name, string? enterprise = null, bool admin = false)
    {
        lock (server.Workspace.Gate)
        {
            var user = new SlackUser(server.Workspace.NewId("U"), name, $"{name}@example.com")
            {
                IsAdmin = admin,
                TeamId = Workspace.OtherTeamId,
                EnterpriseId = enterprise,
            };
            server.Workspace.Users.Add(user);
            return new Person(server, user);
        }
    }

    public static Place AddChannel(
        this SlackServer server,
        string name,
        bool isPrivate = false,
        bool withApp = true,
        params Person[] members
    )
    {
        lock (server.Workspace.Gate)
        {
            var channel = server.Workspace.AddChannel(name, isPrivate, "USLACKBOT");
            if (withApp)
                channel.Members.Add(Workspace.BotUserId);
            channel.Members.UnionWith(members.Select(person => person.User.Id));
            return new Place(server, channel);
        }
    }

    public static SlackGroup AddGroup(this SlackServer server, string handle, params Person[] members)
    {
        lock (server.Workspace.Gate)
        {
            var group = new SlackGroup(server.Workspace.NewId("S"), handle, [.. members.Select(person => person.User.Id)]);
            server.Workspace.Groups.Add(group);
            return group;
        }
    }

    public static void JoinsGroup(this SlackServer server, SlackGroup group, Person person)
    {
        lock (server.Workspace.Gate)
        {
            group.Members.Add(person.User.Id);
            server.Workspace.Tell(Events.GroupJoined(group, person.User.Id));
        }
    }

    /// <summary>Somebody is another one from now on: a guest, an admin, of another name.</summary>
    public static void Becomes(this SlackServer server, Person person, Func<SlackUser, SlackUser> change)
    {
        lock (server.Workspace.Gate)
        {
            var at = server.Workspace.Users.FindIndex(user => user.Id == person.User.Id);
            var now = change(server.Workspace.Users[at]);
            server.Workspace.Users[at] = now;
            server.Workspace.Tell(Events.UserChanged(server.Workspace, now));
        }
    }

    /// <summary>A channel by its name, or the end of it: <c>general</c>, <c>inc-1-checkout</c>.</summary>
    public static Place Channel(this SlackServer server, string name)
    {
        lock (server.Workspace.Gate)
        {
            return new Place(
                server,
                server.Workspace.Channels.Find(channel => channel.Name == name)
                    ?? server.Workspace.Channels.Find(channel => channel.Name.StartsWith(name + "-", StringComparison.Ordinal))
                    ?? throw new ShouldAssertException(
                        $"There is no channel #{name}, only: {string.Join(", ", server.Workspace.Channels.Select(channel => channel.Name))}"
                    )
            );
        }
    }

    /// <summary>The channel, once somebody made it.</summary>
    public static async Task<Place> ExpectsChannel(this SlackServer server, string name)
    {
        await Support.Until.Holds(
            () =>
            {
                lock (server.Workspace.Gate)
                {
                    return Task.FromResult(
                        server.Workspace.Channels.Exists(channel =>
                            channel.Name == name || channel.Name.StartsWith(name + "-", StringComparison.Ordinal)
                        )
                    );
                }
            },
            $"a channel #{name}",
            () => Task.FromResult(string.Join('\n', server.Calls.All.TakeLast(20).Select(call => $"{call.Call.Method}: {call.Outcome}")))
        );
        return server.Channel(name);
    }

    /// <summary>The direct messages between the app and somebody.</summary>
    public static Place Direct(this SlackServer server, Person person)
    {
        lock (server.Workspace.Gate)
            return new Place(server, server.Workspace.DirectChannel(person.User.Id));
    }

    public static string NewResponseUrl(this SlackServer server, string channel, string user, string? ts)
    {
        var id = server.Workspace.NewId("R");
        server.Workspace.ResponseAddresses[id] = new ResponseAddress(channel, user, ts, server.Workspace.Time.GetUtcNow());
        return new Uri(server.Address, "/respond/" + id).ToString();
    }

    /// <summary>As Slack escapes what is typed: names become ids.</summary>
    public static string Escaped(this SlackServer server, string text) =>
        Mention()
            .Replace(
                text,
                match =>
                {
                    var name = match.Groups["name"].Value;
                    if (match.Value[0] is '#')
                    {
                        // The name of a closed one Slack does not say.
                        return server.Workspace.Channels.Find(channel => channel.Name == name) is { } channel
                            ? $"<#{channel.Id}|{(channel.IsPrivate ? "" : name)}>"
                            : match.Value;
                    }

                    if (server.Workspace.Users.Find(user => user.Name == name) is { } user)
                        return string.Create(CultureInfo.InvariantCulture, $"<@{user.Id}|{user.Name}>");
                    return server.Workspace.Groups.Find(group => group.Handle == name) is { } group
                        ? $"<!subteam^{group.Id}|@{group.Handle}>"
                        : match.Value;
                }
            );

    [GeneratedRegex("(?<![\\w<])[@#](?<name>[a-z0-9._-]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mention();
}
