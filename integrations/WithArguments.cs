using System.Text.Json;

namespace Integrations;

/// <summary>Single arguments of a <c>with</c>, for the plan's text: it may be asked for before all of them are known.</summary>
internal static class WithArguments
{
    public static string? TextOf(this JsonElement with, string key) =>
        with.ValueKind is JsonValueKind.Object && with.TryGetProperty(key, out var value) && value.ValueKind is not JsonValueKind.Null
            ? value.ToString()
            : null;
}
