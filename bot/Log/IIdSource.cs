namespace Bot.Log;

/// <summary>Where ids and chance come from; injected, so that tests and simulations replay exactly.</summary>
internal interface IIdSource
{
    /// <summary>A new id that sorts by time: 26 characters of Crockford base 32 (48 bits of milliseconds, 80 of chance).</summary>
    string NewId();

    /// <summary>A secret of 256 bits, base64url.</summary>
    string NewSecret();

    /// <summary>A number in [0, 1), for jitter.</summary>
    double NextDouble();
}
