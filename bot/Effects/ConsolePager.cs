using Bot.Access;
using Bot.Desk;
using Integrations;

namespace Bot.Effects;

/// <summary>
/// Calls people of the bot itself: the fact that they were called is what the web shows them, so nothing has to be sent. Whom nobody here
/// knows is not called by that.
/// </summary>
internal sealed class ConsolePager(AccessState access) : IPager
{
    public string Name => "console";

    public bool IsLastResort => true;

    public bool CanReach(string kind, string name) =>
        kind switch
        {
            "user" => access.Current.Knows(name),
            "group" => access.Current.Groups.Contains(name, StringComparer.OrdinalIgnoreCase),
            "role" => Enum.TryParse<Role>(name, ignoreCase: true, out var role) && access.Current.Having(role).Any(),
            _ => false,
        };

    public Task<PageResult> PageAsync(PageRequest request, CancellationToken cancel) => Task.FromResult(PageResult.Ok);
}
