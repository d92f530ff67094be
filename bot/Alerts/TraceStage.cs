namespace Bot.Alerts;

/// <summary>One stage of the way from a delivery to its incident, with the reason for what it did: the <em>why</em> of a delivery.</summary>
internal sealed record TraceStage(string Stage, string Reason);
