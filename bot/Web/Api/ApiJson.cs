using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bot.Log;

namespace Bot.Web.Api;

/// <summary>How the API writes: camelCase, enums by their words, times RFC 3339 in UTC, nulls kept.</summary>
internal static class ApiJson
{
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower));
        options.Converters.Add(new UtcTime());
        // Answers are JSON by their content type and are never sniffed; readable umlauts are worth more.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        return options;
    }

    public static JsonElement Element(string json) => JsonElement.Parse(json);

    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Micros.Cut(value).UtcDateTime);
    }
}

/// <param name="Next">Goes into <c>?after=</c> for what follows; null at the end.</param>
internal sealed record Listing<T>(IReadOnlyList<T> Items, string? Next);

internal static class Listing
{
    public static Listing<TItem> Of<TRow, TItem>(Desk.Seen<TRow> seen, Func<TRow, TItem> item, Func<TRow, string> cursor) =>
        new([.. seen.Items.Select(item)], seen.More ? cursor(seen.Items[^1]) : null);
}

internal static class Limits
{
    public const int Default = 100;
    public const int Most = 1_000;

    /// <exception cref="InvalidRequestException">It asks for less than one.</exception>
    public static int Of(int? limit, int otherwise = Default) =>
        limit is < 1
            ? throw new InvalidRequestException(new InvalidField("limit", limit.ToString(), $"Use 1 to {Most}."))
            : Math.Min(limit ?? otherwise, Most);
}
