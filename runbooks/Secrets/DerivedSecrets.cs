using System.Text.Json;

namespace Runbooks.Secrets;

/// <summary>
/// Finds what expressions made of secrets (<c>lower(inputs.token)</c>, a part of it): texts that are other ones when the
/// secrets are in the place of their references. They are as secret, and no search for the secret itself would find them.
/// </summary>
internal static class DerivedSecrets
{
    /// <param name="referenced">The resolved arguments with the references.</param>
    /// <param name="clear">The same arguments with the secrets.</param>
    /// <param name="secrets">Their values.</param>
    public static IEnumerable<string> Of(JsonElement referenced, JsonElement clear, IReadOnlyCollection<string> secrets)
    {
        if (clear.ValueKind is JsonValueKind.String)
        {
            var text = clear.GetString()!;
            var same = referenced.ValueKind is JsonValueKind.String && referenced.ValueEquals(text);
            // What holds the secret itself is found by it.
            return same || text.Length < SecretMask.Shortest || secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal))
                ? []
                : [text];
        }

        if (clear.ValueKind is JsonValueKind.Object)
        {
            return clear
                .EnumerateObject()
                .SelectMany(member =>
                    Of(
                        referenced.ValueKind is JsonValueKind.Object && referenced.TryGetProperty(member.Name, out var other)
                            ? other
                            : default,
                        member.Value,
                        secrets
                    )
                );
        }

        if (clear.ValueKind is not JsonValueKind.Array)
            return [];
        var others = referenced.ValueKind is JsonValueKind.Array ? referenced.EnumerateArray().ToList() : [];
        return clear.EnumerateArray().SelectMany((item, i) => Of(i < others.Count ? others[i] : default, item, secrets));
    }
}
