using Microsoft.AspNetCore.Http;

namespace Integrations;

/// <summary>
/// A door that a vendor calls on the bot's own web server. Discovered. It stands before all other middleware and authenticates
/// every request by itself.
/// </summary>
public interface IWebDoor
{
    /// <summary>Exact paths, as <c>/slack/events</c>; unique among the doors.</summary>
    IReadOnlyList<string> Paths { get; }

    Task HandleAsync(HttpContext context);
}
