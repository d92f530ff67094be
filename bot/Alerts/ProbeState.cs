namespace Bot.Alerts;

/// <summary>What is known of a probe that runs on a schedule. Pure; kept by the database, so that it outlives a process and is the same on all nodes.</summary>
/// <param name="Failures">One after the other, up to the last look.</param>
/// <param name="Successes">While it fires: one after the other, up to the last look.</param>
/// <param name="FailingSince">The first of the failures; kept while it fires, and until its end is told.</param>
/// <param name="Told">Whether the alert says what this says; if not, that comes first.</param>
internal sealed record ProbeState(int Failures, int Successes, DateTimeOffset? FailingSince, bool Firing, bool Told)
{
    public static ProbeState Fresh { get; } = new(0, 0, null, Firing: false, Told: true);

    /// <summary>After one more look.</summary>
    /// <param name="failAfter">So many failures in a row make it fire.</param>
    /// <param name="resolveAfter">So many successes in a row end it.</param>
    public ProbeState After(bool succeeded, int failAfter, int resolveAfter, DateTimeOffset at) =>
        (Firing, succeeded) switch
        {
            (false, true) => Fresh,
            (false, false) => this with
            {
                Failures = Failures + 1,
                FailingSince = FailingSince ?? at,
                Firing = Failures + 1 >= failAfter,
                Told = Failures + 1 < failAfter,
            },
            (true, true) => this with
            {
                Successes = Successes + 1,
                Firing = Successes + 1 < resolveAfter,
                Told = Successes + 1 < resolveAfter,
            },
            (true, false) => this with { Successes = 0 },
        };

    /// <summary>After the alert said so.</summary>
    public ProbeState AsTold() =>
        Told ? this
        : Firing ? this with { Told = true }
        : Fresh;
}
