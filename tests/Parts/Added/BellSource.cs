using System.Text;
using System.Text.Json;
using Integrations;

namespace Tests.Parts.Added;

/// <summary>
/// An alert source in one file. Its whole payload is a line of text:
/// <code>ring kitchen</code>
/// </summary>
internal sealed class BellSource : IAlertSource
{
    public string Kind => "bell";

    public string? Verify(AlertRequest request, AlertSourceOptions options) => BearerToken.Verify(request, options);

    public ParseResult Parse(ReadOnlyMemory<byte> body)
    {
        var words = Encoding.UTF8.GetString(body.Span).Split(' ', 2, StringSplitOptions.TrimEntries);
        if (words is not [("ring" or "quiet") and var verb, { Length: > 0 } room])
            return new ParseResult.Unparsable([new FieldProblem("body", string.Join(' ', words), "Send: ring ROOM, or: quiet ROOM.")]);
        var labels = JsonSerializer.SerializeToUtf8Bytes(new { alertname = "Bell", room });
        var annotations = JsonSerializer.SerializeToUtf8Bytes(new { summary = $"The bell of the {room} rings" });
        var alert = new IncomingAlert(room, verb is "ring", DateTimeOffset.UnixEpoch, null, labels, annotations, null);
        return new ParseResult.Parsed(new AlertBatch(room, new Dictionary<string, string>(), 0, null, [alert]));
    }
}
