using System.Text;
using Runbooks.Planning;

namespace Integrations;

/// <summary>
/// Understands one kind of alert payload. A source is configured by name (<c>Alerts:Sources:NAME</c>) with this kind;
/// it answers at <c>POST /alerts/NAME</c>. Stateless; called from many threads.
/// </summary>
public interface IAlertSource
{
    /// <summary>The word in <c>Alerts:Sources:NAME:Kind</c>, unique among the parts.</summary>
    string Kind { get; }

    /// <summary>
    /// Whether <see cref="Verify"/> needs the body (a signature over it). If not, a request is refused before its body is read:
    /// strangers cannot fill the memory.
    /// </summary>
    bool SignsBody => false;

    /// <summary>Authenticates one request over its raw bytes, in constant time.</summary>
    /// <returns>Null if it is genuine, else why not (for the counters; the caller is told nothing).</returns>
    string? Verify(AlertRequest request, AlertSourceOptions options);

    /// <summary>Reads the payload. Never throws for what a sender may send.</summary>
    ParseResult Parse(ReadOnlyMemory<byte> body);
}

/// <param name="Header">The value of a request header by name, or null.</param>
/// <param name="Body">The raw bytes, as they came.</param>
public readonly record struct AlertRequest(Func<string, string?> Header, ReadOnlyMemory<byte> Body);

/// <summary>The settings of one source, <c>Alerts:Sources:NAME</c>.</summary>
public sealed record AlertSourceOptions
{
    public required string Kind { get; init; }

    /// <summary>Bearer token that the sender shows.</summary>
    public string? Token { get; init; }

    /// <summary>Key of a signature, for kinds that sign.</summary>
    public string? Secret { get; init; }
}

/// <summary>What a payload says, or all that is wrong with it.</summary>
public abstract record ParseResult
{
    private ParseResult() { }

    public sealed record Parsed(AlertBatch Batch) : ParseResult;

    /// <param name="Problems">Each names the field (JSON path), the value and the fix.</param>
    public sealed record Unparsable(IReadOnlyList<FieldProblem> Problems) : ParseResult;
}

public sealed record FieldProblem(string Field, string? Value, string Fix)
{
    public string Sentence => new InputProblem(Field, Value, Fix).Sentence;
}

/// <summary>One delivery's alerts, as one group.</summary>
/// <param name="GroupKey">The sender's own group identity; alerts of one group are one incident.</param>
/// <param name="GroupLabels">What the members of the group share, for its title.</param>
/// <param name="Hidden">Members that the sender left out (Alertmanager's <c>truncatedAlerts</c>); they are never taken as resolved.</param>
public sealed record AlertBatch(
    string GroupKey,
    IReadOnlyDictionary<string, string> GroupLabels,
    int Hidden,
    string? ExternalUrl,
    IReadOnlyList<IncomingAlert> Alerts
);

/// <summary>
/// One alert as it came. Labels and annotations stay the UTF-8 JSON objects that the sender wrote (a slice of the body),
/// because thousands arrive a second and most need only to be stored.
/// </summary>
/// <param name="Fingerprint">The sender's own stable identity of the alert, at most 200 characters.</param>
/// <param name="StartsAt">Begin of the episode: identity is (source, fingerprint), the episode is that + start.</param>
/// <param name="EndsAt">Null while it fires, and from senders that do not say it.</param>
public readonly record struct IncomingAlert(
    string Fingerprint,
    bool Firing,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    ReadOnlyMemory<byte> Labels,
    ReadOnlyMemory<byte> Annotations,
    string? GeneratorUrl
)
{
    public override string ToString() => $"{Fingerprint} {(Firing ? "firing" : "resolved")} {Encoding.UTF8.GetString(Labels.Span)}";
}
