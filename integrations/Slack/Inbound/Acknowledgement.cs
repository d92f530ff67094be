namespace Integrations.Slack.Inbound;

/// <summary>What is acknowledged, and what is done right after it.</summary>
/// <param name="Payload">Slack's own shape; null: an empty acknowledgement.</param>
/// <param name="After">Opening a modal, answering a click: at once, outside of the outbox; null: nothing.</param>
internal sealed record Acknowledgement(object? Payload, Func<CancellationToken, Task>? After = null)
{
    public static Acknowledgement Empty { get; } = new((object?)null);
}
