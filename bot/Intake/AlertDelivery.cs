using Bot.Alerts;
using Integrations;

namespace Bot.Intake;

/// <summary>One verified request, parsed and ready to be decided; everything costly was done before it reaches the desk.</summary>
/// <param name="Headers">A JSON object, secrets masked.</param>
/// <param name="Body">As it will be stored, in <paramref name="Encoding"/>.</param>
internal sealed record AlertDelivery(
    string Id,
    string Source,
    AlertRoute Route,
    AlertBatch Batch,
    byte[] Headers,
    byte[] Body,
    string Encoding,
    string Verified
)
{
    /// <summary>
    /// Under which its incident is found again. A private route keeps groups of its own: its alerts never join what everybody sees,
    /// even when the sender puts them into one group.
    /// </summary>
    public string Group { get; } = Route.Private ? "private " + Batch.GroupKey : Batch.GroupKey;

    /// <summary>Alerts that an active silence or maintenance window fits, by fingerprint; null while none is active.</summary>
    public IReadOnlyDictionary<string, Silence>? Held { get; init; }

    /// <summary>The services that this one's service stands on, nearest first.</summary>
    public IReadOnlyList<string> Parents { get; init; } = [];

    /// <summary>By the name of each runbook that begins with an alert: the firing ones that it asks for.</summary>
    public IReadOnlyDictionary<string, HashSet<string>>? Wanted { get; init; }

    /// <summary>A silence is over and this delivery, kept from then, is looked at again: only what still fires and is in no incident counts.</summary>
    public bool IsRelease { get; init; }
}

/// <summary>What the sender is told.</summary>
internal readonly record struct DeliveryAnswer(string Delivery, int Alerts);
