using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Integrations.Slack.Api;

/// <summary>How Slack writes JSON: snake_case; what is absent is left out, or null.</summary>
internal static class SlackJson
{
    public static JsonSerializerOptions Options { get; } =
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.AllowReadingFromString,
            AllowOutOfOrderMetadataProperties = true,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KeepDefaults } },
        };

    // What may not be null here is as it is where Slack leaves it out.
    private static void KeepDefaults(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(property => !property.IsSetNullable))
        {
            if (property.Set is not { } set)
                continue;
            property.Set = (target, value) =>
            {
                if (value is not null)
                    set(target, value);
            };
        }
    }
}
