using Microsoft.Extensions.Configuration;
using Runbooks.Expressions;

namespace Integrations.Slack.Setup;

/// <summary>The settings that name user groups, held against those that there are: of one that there is not nobody would hear. Pure.</summary>
internal static class SlackGroupNames
{
    public const string Fix = "Write the handle of a user group, as it stands behind its @ in Slack.";

    /// <param name="handles">Of all user groups of the workspace.</param>
    /// <returns>A sentence for each name that is none of them.</returns>
    public static IEnumerable<string> Unknown(IConfiguration configuration, IReadOnlyList<string> handles) =>
        configuration
            .GetSection("Chat:Room:InviteGroups")
            .GetChildren()
            .Select(group => (group.Path, Name: group.Value ?? "", Price: "nobody is invited by it"))
            .Concat(
                configuration
                    .GetSection("Chat:Roles:Groups")
                    .GetChildren()
                    .Select(group => (group.Path, Name: group.Key, Price: "nobody has a role, or is called, by it"))
            )
            .Where(named => !handles.Contains(named.Name, StringComparer.OrdinalIgnoreCase))
            .Select(named =>
                $"{named.Path} names '{named.Name}', which is no user group of Slack's: {named.Price}.{Suggestion.For(named.Name, handles)}"
            );
}
