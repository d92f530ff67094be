namespace Bot.Access;

/// <summary>What somebody may do; each role includes those before it.</summary>
internal enum Role
{
    Viewer,
    Responder,
    Approver,
    Admin,
}

/// <summary>Who is asking, after authentication.</summary>
/// <param name="Source">For a token that may only deliver alerts of one source: its name; such a caller has no other right.</param>
internal sealed record Caller(Log.Actor Actor, Role Role, IReadOnlyList<string> Groups, string? Source = null)
{
    /// <summary>The chat room in which they ask, into which its people or its platform have let them; null: outside of any.</summary>
    public ChatKey? InRoom { get; init; }

    public bool May(Role needed) => Source is null && Role >= needed;

    /// <summary>Whether a call to the target is (also) a call to this caller.</summary>
    public bool IsCalled(Paging.PageTarget target) =>
        target.Kind switch
        {
            "user" => Actor.IsPerson && Actor.Name == target.Name,
            "group" => IsIn(target.Name),
            "role" => Enum.TryParse<Role>(target.Name, ignoreCase: true, out var role) && May(role),
            _ => false,
        };

    public bool IsIn(IReadOnlyList<string> groups) => groups.Count == 0 || groups.Any(IsIn);

    /// <summary>However it is written: chat platforms have small letters alone.</summary>
    public bool IsIn(string group) => Groups.Contains(group, StringComparer.OrdinalIgnoreCase);
}
