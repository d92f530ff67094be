namespace Bot.Alerts;

/// <summary>What one incoming alert is, next to what is known of it. The reason, not a bool: it lands in the delivery's trace.</summary>
internal enum AlertChange
{
    /// <summary>Fires, and was never seen.</summary>
    New,

    /// <summary>Fires in a new episode: it had resolved, or a resolve was missed.</summary>
    Refired,

    /// <summary>Fires in an episode that is known: only counted.</summary>
    Repeated,

    /// <summary>Resolves an episode that fires.</summary>
    Resolved,

    /// <summary>Resolves what is resolved already, as a sender's repeat does.</summary>
    ResolvedAgain,

    /// <summary>Resolves an alert of which no firing was ever seen.</summary>
    ResolvedUnknown,

    /// <summary>Speaks of an episode older than the one that is known: it came late.</summary>
    Stale,
}

/// <summary>Identity is (source, fingerprint); an episode is that and its start.</summary>
internal static class Episodes
{
    /// <param name="startsAt">Start of the incoming alert's episode; <see cref="DateTimeOffset.UnixEpoch"/> from senders that don't know it.</param>
    /// <param name="now">A known start that lies ahead of it came from a wrong clock, and makes no later alert an old one.</param>
    public static AlertChange Compare(AlertState? known, bool firing, DateTimeOffset startsAt, DateTimeOffset now)
    {
        if (known is null)
            return firing ? AlertChange.New : AlertChange.ResolvedUnknown;
        var episode = startsAt.CompareTo(known.StartsAt);
        if (episode < 0 && known.StartsAt <= now)
            return AlertChange.Stale;
        // The same start after a resolve is a re-fire too: Alertmanager resolves by timeout what Prometheus then sends on.
        if (firing)
            return known.Firing && episode == 0 ? AlertChange.Repeated : AlertChange.Refired;
        return known.Firing ? AlertChange.Resolved : AlertChange.ResolvedAgain;
    }

    public static AlertState After(
        AlertState? known,
        AlertChange change,
        DateTimeOffset startsAt,
        DateTimeOffset? endsAt,
        DateTimeOffset now
    ) =>
        change switch
        {
            AlertChange.New => new AlertState(true, startsAt, null, null, 1, now),
            AlertChange.Refired => known! with { Firing = true, StartsAt = startsAt, EndsAt = null, Episodes = known.Episodes + 1 },
            AlertChange.Resolved => known! with { Firing = false, StartsAt = startsAt, EndsAt = endsAt ?? now },
            AlertChange.ResolvedUnknown => new AlertState(false, startsAt, endsAt ?? now, null, 0, now),
            _ => known!,
        };
}
