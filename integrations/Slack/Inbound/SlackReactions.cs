using Microsoft.Extensions.Configuration;

namespace Integrations.Slack.Inbound;

/// <summary>Which reactions put a message on the timeline: <c>Slack:TimelineReaction</c>, by default <c>pushpin</c>.</summary>
internal sealed class SlackReactions(IConfiguration configuration)
{
    private readonly string wanted = configuration["Slack:TimelineReaction"] is { Length: > 0 } name ? name.Trim(':') : "pushpin";

    public bool Marks(string? reaction) => reaction == wanted;
}
