using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bot.Log;

/// <summary>How facts, states and effects are written: camelCase, enums by name, times in UTC to the microsecond, nulls left out.</summary>
internal static class FactJson
{
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            // The text is never put into HTML unescaped; readable quotes and umlauts in the log are worth more.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower), new WholeMicros() },
        };

    /// <summary>A time inside a fact is cut like the time of the fact itself, and is UTC.</summary>
    private sealed class WholeMicros : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Micros.Cut(value).UtcDateTime);
    }
}
