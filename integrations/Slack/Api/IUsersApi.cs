using Refit;

namespace Integrations.Slack.Api;

/// <summary><c>users.*</c></summary>
internal interface IUsersApi
{
    [Post("/users.info")]
    Task<IApiResponse<UsersInfoResponse>> Info([Body] UsersInfo arguments, CancellationToken cancel);

    [Post("/users.lookupByEmail")]
    Task<IApiResponse<UsersInfoResponse>> LookupByEmail([Body] UsersLookupByEmail arguments, CancellationToken cancel);

    [Post("/users.list")]
    Task<IApiResponse<UsersListResponse>> List([Body] UsersList arguments, CancellationToken cancel);
}

internal sealed record UsersInfo(string User);

internal sealed record UsersLookupByEmail(string Email);

internal sealed record UsersList
{
    public string? Cursor { get; init; }
    public int? Limit { get; init; }
}

internal sealed record UsersListResponse : SlackResponse
{
    public IReadOnlyList<SlackUser> Members { get; init; } = [];
}

internal sealed record SlackUser
{
    public string Id { get; init; } = "";
    public string? TeamId { get; init; }
    public string Name { get; init; } = "";
    public bool Deleted { get; init; }
    public bool IsAdmin { get; init; }
    public bool IsOwner { get; init; }
    public bool IsRestricted { get; init; }
    public bool IsUltraRestricted { get; init; }

    /// <summary>Of another workspace, and in no channel that the app sees: false for those of others who are in one.</summary>
    public bool IsStranger { get; init; }
    public bool IsBot { get; init; }
    public SlackProfile? Profile { get; init; }
    public SlackEnterpriseUser? EnterpriseUser { get; init; }
}

/// <summary>Of people in an Enterprise Grid, whose <c>team_id</c> may be missing.</summary>
internal sealed record SlackEnterpriseUser
{
    public string? EnterpriseId { get; init; }

    /// <summary>The workspaces that they are in.</summary>
    public IReadOnlyList<string> Teams { get; init; } = [];
}

internal sealed record SlackProfile
{
    public string? Email { get; init; }
    public string? DisplayName { get; init; }
}

internal sealed record UsersInfoResponse : SlackResponse
{
    public SlackUser? User { get; init; }
}

/// <summary><c>usergroups.*</c></summary>
internal interface IUsergroupsApi
{
    [Post("/usergroups.list")]
    Task<IApiResponse<UsergroupsListResponse>> List([Body] UsergroupsList arguments, CancellationToken cancel);
}

internal sealed record UsergroupsList
{
    public bool? IncludeUsers { get; init; }
}

internal sealed record Usergroup
{
    public string Id { get; init; } = "";
    public string Handle { get; init; } = "";
    public IReadOnlyList<string> Users { get; init; } = [];
}

internal sealed record UsergroupsListResponse : SlackResponse
{
    public IReadOnlyList<Usergroup> Usergroups { get; init; } = [];
}
