namespace Bot.Effects;

/// <summary>Finds people to call whom nobody here has met: among those of the chat platforms.</summary>
internal interface IStrangers
{
    /// <param name="name">As a route or a person wrote it: a name here, an e-mail address, a handle.</param>
    Task<FoundStranger> FindAsync(string name, CancellationToken cancel);
}

/// <param name="Name">Their name here from now on; null: nobody was found.</param>
/// <param name="Why">Why not, in words; null where somebody was, and where no platform could know them.</param>
/// <param name="Retryable">A platform did not answer.</param>
internal sealed record FoundStranger(string? Name, string? Why, bool Retryable = false);
