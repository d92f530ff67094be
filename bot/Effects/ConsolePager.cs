using Integrations;

namespace Bot.Effects;

/// <summary>Calls people of the bot itself: the fact that they were called is what the web shows them, so nothing has to be sent.</summary>
internal sealed class ConsolePager : IPager
{
    public string Name => "console";

    public bool IsLastResort => true;

    public bool CanReach(string kind, string name) => kind is "user" or "group" or "role";

    public Task<PageResult> PageAsync(PageRequest request, CancellationToken cancel) => Task.FromResult(PageResult.Ok);
}
