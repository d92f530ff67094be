using Bot.Access;

namespace Bot.Chat;

/// <summary>The settings <c>Chat:…</c>: what holds for every chat platform.</summary>
internal sealed record ChatOptions
{
    /// <summary>How rooms are called: <c>{incident}</c>, <c>{title}</c>, <c>{service}</c>, <c>{severity}</c>, <c>{date}</c>.</summary>
    public string RoomName { get; init; } = "{incident}-{title}";

    /// <summary>Groups whose members are invited into every room that is not private.</summary>
    public IReadOnlyList<string> InviteGroups { get; init; } = [];

    /// <summary>The platform's id of a room in which every incident that is not private is announced; empty: none.</summary>
    public string AnnounceIn { get; init; } = "";

    /// <summary>What full members may do; null: nothing.</summary>
    public Role? Members { get; init; } = Role.Responder;

    /// <summary>What those may do who administer the platform.</summary>
    public Role? Admins { get; init; } = Role.Approver;

    public Role? Guests { get; init; }

    /// <summary>What members of a group may do, where that is more.</summary>
    public IReadOnlyDictionary<string, Role> Groups { get; init; } = new Dictionary<string, Role>();

    /// <summary>What keeps people from hearing of an incident that no one of them declared; null: nothing does.</summary>
    public string? Silence =>
        AnnounceIn.Length == 0 && Groups.Count == 0 && InviteGroups.Count == 0
            ? "Nobody here hears of an incident that an alert opens: set Chat:AnnounceIn (a channel), or Chat:Room:InviteGroups and Chat:Roles:Groups "
                + "(user groups that are invited, and called as role:responder)."
            : null;

    /// <exception cref="InvalidOperationException">A role has no such name; the message names the key.</exception>
    public static ChatOptions From(IConfiguration configuration)
    {
        var chat = configuration.GetSection("Chat");
        var usual = new ChatOptions();
        return new ChatOptions
        {
            RoomName = chat["Room:Name"] is { Length: > 0 } name ? name : usual.RoomName,
            InviteGroups = chat.GetSection("Room:InviteGroups").Get<string[]>() ?? [],
            AnnounceIn = chat["AnnounceIn"] ?? "",
            Members = RoleOf(chat, "Roles:Members", usual.Members),
            Admins = RoleOf(chat, "Roles:Admins", usual.Admins),
            Guests = RoleOf(chat, "Roles:Guests", usual.Guests),
            Groups = chat.GetSection("Roles:Groups")
                .GetChildren()
                .Select(group => (group.Key, Role: RoleOf(chat, "Roles:Groups:" + group.Key, null)))
                .Where(group => group.Role is not null)
                .ToDictionary(group => group.Key, group => group.Role!.Value, StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>What is wrong with them, a sentence each.</summary>
    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        var roles = configuration.GetSection("Chat:Roles");
        foreach (var role in roles.GetChildren().Concat(roles.GetSection("Groups").GetChildren()))
        {
            if (role.Value is { Length: > 0 } word && !TryRole(word, out _))
                yield return Unknown(role.Path, word);
        }
    }

    private static Role? RoleOf(IConfigurationSection chat, string key, Role? otherwise)
    {
        if (chat[key] is not { Length: > 0 } word)
            return otherwise;
        return TryRole(word, out var role) ? role : throw new InvalidOperationException(Unknown("Chat:" + key, word));
    }

    private static bool TryRole(string word, out Role? role)
    {
        var known = !word.Any(char.IsDigit) & Enum.TryParse<Role>(word, ignoreCase: true, out var named);
        role = known ? named : null;
        return known || word.Equals("none", StringComparison.OrdinalIgnoreCase);
    }

    private static string Unknown(string key, string word) => $"{key} is '{word}'. Write none, viewer, responder, approver or admin.";
}
