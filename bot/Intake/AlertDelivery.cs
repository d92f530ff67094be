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
);

/// <summary>What the sender is told.</summary>
internal readonly record struct DeliveryAnswer(string Delivery, int Alerts);
