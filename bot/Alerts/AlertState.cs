namespace Bot.Alerts;

/// <summary>An alert's identity: the configured source and the sender's own fingerprint, never its text.</summary>
internal readonly record struct AlertKey(string Source, string Fingerprint);

/// <summary>What is known of an alert: its current episode and the incident that holds it.</summary>
/// <param name="Private">Its route is private: while no incident holds it, only administrators see it.</param>
internal sealed record AlertState(
    bool Firing,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    int? Incident,
    int Episodes,
    DateTimeOffset FirstSeen,
    bool Private = false
);
