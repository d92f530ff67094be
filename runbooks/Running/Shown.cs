using System.Runtime.InteropServices;
using System.Text.Json;
using Runbooks.Expressions;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>What is kept of the end of an attempt, where everybody may see it: masked first, then bounded, so that no cut leaves half of a secret.</summary>
internal static class Shown
{
    // What is journaled stays small; the rest is in the output lines or with the target.
    private const int MaxResult = 64 * 1024;
    private const int MaxText = 16 * 1024;
    private const int Large = 1024 * 1024;

    public static RunFact.StepEnded Of(RunFact.StepEnded ended, SecretMask mask)
    {
        var masked = new List<string>();
        return ended with
        {
            Because = ended.Because is { } because ? Cut(mask.Apply(because)) : null,
            Outputs = ended.Outputs is { } outputs ? Bounded(mask.Apply(Lean(outputs, mask), masked)) : null,
            Masked = masked.Count > 0 ? masked : null,
        };
    }

    // Of a large answer most is cut off in the end: what will be is not masked first, which takes many times its size.
    private static JsonElement Lean(JsonElement result, SecretMask mask) =>
        result.ValueKind is not JsonValueKind.Object || JsonMarshal.GetRawUtf8Value(result).Length <= Large
            ? result
            : Values.ToJson(
                new MapValue([
                    .. result.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, Lean(member.Value, mask.Reach))),
                ])
            );

    private static object? Lean(JsonElement value, int reach)
    {
        if (JsonMarshal.GetRawUtf8Value(value).Length <= Large)
            return Values.From(value);
        // A secret that begins in what is kept ends in it.
        return value.ValueKind is JsonValueKind.String && Values.From(value) is string text
            ? text[..Math.Min(text.Length, (4 * MaxText) + reach)]
            : null;
    }

    private static JsonElement Bounded(JsonElement result) =>
        result.ValueKind is not JsonValueKind.Object || JsonMarshal.GetRawUtf8Value(result).Length <= MaxResult
            ? result
            : Values.ToJson(
                new MapValue([.. result.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, Cut(member.Value)))])
            );

    private static object? Cut(JsonElement value)
    {
        if (JsonMarshal.GetRawUtf8Value(value).Length <= MaxText)
            return Values.From(value);
        return value.ValueKind is JsonValueKind.String ? Cut(value.GetString()!) : null;
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..(MaxText / 2)] + " … (cut)";
}
