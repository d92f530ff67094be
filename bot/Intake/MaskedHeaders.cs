using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Runbooks.Actions;

namespace Bot.Intake;

/// <summary>A request's headers as they are stored: what authenticates is masked, it has done its duty.</summary>
internal static class MaskedHeaders
{
    public const string Mask = "***";
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(IHeaderDictionary headers)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            foreach (var (name, value) in headers)
                json.WriteString(name, HeaderRules.IsSecret(name) ? Mask : value.ToString());
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
