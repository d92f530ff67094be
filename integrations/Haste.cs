namespace Integrations;

/// <summary>
/// How long a chat platform is asked while somebody waits for the answer to what they typed or pressed. Slack shows an error after three
/// seconds without one (docs.slack.dev, "Acknowledging"): two looks, or a look and a request, one after the other, leave time for what is done.
/// </summary>
/// <param name="Look">For one word of who somebody is, or how something is called.</param>
/// <param name="Request">For what their command itself asks of the platform.</param>
public sealed record Haste(TimeSpan Look, TimeSpan Request)
{
    public static Haste Usual { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5));
}
