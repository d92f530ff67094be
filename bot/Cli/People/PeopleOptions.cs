using System.CommandLine;

namespace Bot.Cli.People;

/// <summary>What <c>user</c> and <c>token</c> commands share.</summary>
internal static class PeopleOptions
{
    public static Option<string> Role(string description) =>
        new("--role")
        {
            Description = description,
            Required = true,
            HelpName = "ROLE",
        };

    public static Option<string?> Groups() =>
        new("--groups") { Description = "Groups that runbooks and routes name, separated by commas", HelpName = "a,b" };

    public static IReadOnlyList<string> Split(string? groups) =>
        groups?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
