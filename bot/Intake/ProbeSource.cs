using System.Text.Json;
using System.Text.Json.Serialization;
using Integrations;

namespace Bot.Intake;

/// <summary>What a probe on a schedule raises.</summary>
/// <param name="Probe">The probe's name: the alert's identity, and its group.</param>
/// <param name="StartsAt">When it failed first, of the failures that made it fire.</param>
/// <param name="EndsAt">Null while it fires.</param>
internal sealed record ProbeAlert(
    string Probe,
    bool Firing,
    DateTimeOffset StartsAt,
    Dictionary<string, string> Labels,
    Dictionary<string, string> Annotations,
    DateTimeOffset? EndsAt = null
)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    /// <exception cref="JsonException">It is none.</exception>
    public static ProbeAlert Read(ReadOnlyMemory<byte> body) => JsonSerializer.Deserialize<ProbeAlert>(body.Span, Options)!;
}

/// <summary>
/// Alerts of the bot's own probes, in the bot's own words:
/// <code>{"probe":"shop-certificate","firing":true,"startsAt":"2026-11-24T12:00:00Z","labels":{"alertname":"ProbeFailed"},"annotations":{}}</code>
/// </summary>
internal sealed class ProbeSource : IAlertSource
{
    public string Kind => "probe";

    public string? Verify(AlertRequest request, AlertSourceOptions options) => BearerToken.Verify(request, options);

    public ParseResult Parse(ReadOnlyMemory<byte> body)
    {
        ProbeAlert alert;
        try
        {
            alert = ProbeAlert.Read(body);
        }
        catch (JsonException fault)
        {
            return new ParseResult.Unparsable([new FieldProblem(fault.Path ?? "body", null, fault.Message)]);
        }

        if (alert is not { Probe: { Length: > 0 and <= 200 } name })
            return new ParseResult.Unparsable([new FieldProblem("probe", alert?.Probe, "Send the probe's name, 1 to 200 characters.")]);
        return new ParseResult.Parsed(
            new AlertBatch(
                "probe/" + name,
                new Dictionary<string, string> { ["probe"] = name },
                0,
                null,
                [
                    new IncomingAlert(
                        name,
                        alert.Firing,
                        alert.StartsAt,
                        alert.EndsAt,
                        JsonSerializer.SerializeToUtf8Bytes(alert.Labels),
                        JsonSerializer.SerializeToUtf8Bytes(alert.Annotations),
                        null
                    ),
                ]
            )
        );
    }
}
