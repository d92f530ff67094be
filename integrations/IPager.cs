namespace Integrations;

/// <summary>A way to call somebody. Discovered; a target goes to the first pager, in stable order, that can reach it.</summary>
public interface IPager
{
    string Name { get; }

    /// <summary>Whether the settings give it what it needs.</summary>
    bool IsOn => true;

    /// <summary>Whether it only takes what no other pager can reach.</summary>
    bool IsLastResort => false;

    /// <param name="kind"><c>user</c>, <c>group</c>, <c>role</c> or <c>webhook</c>.</param>
    bool CanReach(string kind, string name);

    /// <summary>Sends one page. The caller owns repetition and retry.</summary>
    Task<PageResult> PageAsync(PageRequest request, CancellationToken cancel);
}

/// <param name="Id">The same for each retry of one page: a receiver may drop a repeat.</param>
/// <param name="Attempt">Which repetition, from 1.</param>
/// <param name="Link">The incident's page.</param>
/// <param name="AcknowledgeLink">Acknowledges without signing in; names the target, ends with the incident.</param>
public sealed record PageRequest(
    string Id,
    string TargetKind,
    string TargetName,
    string Incident,
    string Title,
    string Severity,
    int Attempt,
    DateTimeOffset DeclaredAt,
    string Link,
    string AcknowledgeLink
)
{
    /// <summary>Why a person asked for the call, in their words; null: a route did, or it was not said.</summary>
    public string? Reason { get; init; }

    /// <summary>What an alert of it says, in a few lines; null: no alert is behind it.</summary>
    public string? Alert { get; init; }

    /// <summary>Of an incident that not everybody may know of.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>An earlier try of the same page may have got through: a pager that can looks before it sends it again.</summary>
    public bool MayHaveBeenSent { get; init; }
}

/// <param name="Delivered">False: not this time.</param>
/// <param name="Retryable">Whether trying again may help.</param>
/// <param name="Error">In words, with no secret in it.</param>
public readonly record struct PageResult(bool Delivered, bool Retryable, string? Error)
{
    /// <summary>How long the pager wants to be left alone; null: it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of a target that is several people: who of them was not called although others were; null: nobody was left out.</summary>
    public string? LeftOut { get; init; }

    /// <summary>What stands on the chat platform of the pager's name, to be edited once the call is over; null: nothing.</summary>
    public IReadOnlyList<PagePost>? Posts { get; init; }

    public static PageResult Ok { get; } = new(true, false, null);
}

/// <summary>A message that calls somebody.</summary>
/// <param name="Room">The platform's id of the room in which it stands.</param>
/// <param name="Message">The platform's id of it.</param>
public sealed record PagePost(string Room, string Message);
