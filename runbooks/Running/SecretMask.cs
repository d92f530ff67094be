using System.Text;
using System.Text.Json;

namespace Runbooks.Running;

/// <summary>Takes secrets out of text: as they are, in base64 (all three alignments), and escaped for JSON and URLs.</summary>
public sealed class SecretMask
{
    public const string Stars = "***";

    // A shorter one would star innocent text everywhere and protect nothing.
    private const int Shortest = 4;

    private readonly List<string> forms;

    public SecretMask(IEnumerable<string> secrets)
    {
        forms =
        [
            .. secrets
                .SelectMany(secret => secret.Split('\n').Append(secret))
                .Select(secret => secret.Trim('\r'))
                .Where(secret => secret.Length >= Shortest)
                .SelectMany(Forms)
                .Where(form => form.Length >= Shortest)
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(form => form.Length),
        ];
    }

    public static SecretMask None { get; } = new([]);

    public string Apply(string text)
    {
        foreach (var form in forms)
            text = text.Replace(form, Stars, StringComparison.Ordinal);
        return text;
    }

    public JsonElement Apply(JsonElement json)
    {
        if (forms.Count == 0)
            return json;
        var value = Masked(Expressions.Values.From(json));
        return Expressions.Values.ToJson(value);
    }

    private object? Masked(object? value) =>
        value switch
        {
            string text => Apply(text),
            Expressions.ListValue list => new Expressions.ListValue([.. list.Items.Select(Masked)]),
            Expressions.MapValue map => new Expressions.MapValue([
                .. map.Entries.Select(entry => KeyValuePair.Create(Apply(entry.Key), Masked(entry.Value))),
            ]),
            _ => value,
        };

    private static IEnumerable<string> Forms(string secret)
    {
        yield return secret;
        var json = JsonSerializer.Serialize(secret)[1..^1];
        yield return json;
        yield return Uri.EscapeDataString(secret);
        var bytes = Encoding.UTF8.GetBytes(secret);
        for (var shift = 0; shift < 3; shift++)
        {
            // Inside longer text only the characters that the secret alone decides are the same.
            var encoded = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            var first = shift == 0 ? 0 : shift + 1;
            var tail = ((bytes.Length + shift) % 3) switch
            {
                0 => 0,
                1 => 3,
                _ => 2,
            };
            if (encoded.Length - first - tail >= 8)
                yield return encoded[first..^tail];
            if (encoded.Length - first - tail >= 8)
                yield return encoded[first..^tail].Replace('+', '-').Replace('/', '_');
        }
    }
}
