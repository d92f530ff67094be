using System.Runtime.InteropServices;
using System.Text.Json;
using Runbooks.Expressions;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>What is kept of the end of an attempt, where everybody may see it: bounded and masked, so that no cut leaves half of a secret.</summary>
internal static class Shown
{
    // Whoever drives a run holds it in memory, and each attempt has one: 5,000 points of Prometheus take about 150 KB, a
    // deployment with many containers 100 KB. What is more belongs in the output's lines or an artifact, or stays with the target.
    private const int MaxResult = 256_000;

    // What is smaller is worth more than the room that it takes, and many that are large are no result but a document.
    private const int LeastCut = 16_000;
    private const int MostCut = 20;

    private const int MaxBecause = 16 * 1024;
    private const int MaxBeginning = 4_000;

    public static RunFact.StepEnded Of(RunFact.StepEnded ended, SecretMask mask)
    {
        var (masked, cut) = (new List<string>(), new List<CutMember>());
        return ended with
        {
            Because = ended.Because is { } because ? Cut(mask.Apply(because)) : null,
            // Cut first: of a large answer most goes, and masking takes many times its size.
            Outputs = ended.Outputs is { } outputs ? mask.Apply(Bounded(outputs, mask, cut), masked) : null,
            Masked = masked.Count > 0 ? masked : null,
            Cut = cut.Count > 0 ? cut : null,
        };
    }

    private static JsonElement Bounded(JsonElement result, SecretMask mask, List<CutMember> cut)
    {
        if (result.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.String) || Size(result) <= MaxResult)
            return result;
        if (result.ValueKind is JsonValueKind.Object && Largest(result) is { Count: > 0 } largest)
        {
            return Values.ToJson(
                new MapValue([
                    .. result
                        .EnumerateObject()
                        .Select(member =>
                            KeyValuePair.Create(
                                JsonText.NameOf(member),
                                largest.Contains(JsonText.NameOf(member))
                                    ? Told(member.Value, "/" + CutMember.Escaped(mask.Apply(JsonText.NameOf(member))), mask, cut)
                                    : Values.From(member.Value)
                            )
                        ),
                ])
            );
        }

        return Values.ToJson(Told(result, "", mask, cut));
    }

    /// <summary>The members without which the rest can be kept, as few as possible; none: there is no such rest.</summary>
    private static HashSet<string> Largest(JsonElement result)
    {
        var left = Size(result);
        var largest = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in result.EnumerateObject().OrderByDescending(member => Size(member.Value)).Take(MostCut))
        {
            if (left <= MaxResult || Size(member.Value) < LeastCut)
                break;
            left -= Size(member.Value);
            largest.Add(JsonText.NameOf(member));
        }

        return left <= MaxResult ? largest : [];
    }

    private static string Told(JsonElement value, string place, SecretMask mask, List<CutMember> cut)
    {
        var one = new CutMember(place, Size(value), MaxResult, value.ValueKind is JsonValueKind.String);
        cut.Add(one);
        var beginning = one.IsText ? Beginning(JsonText.Of(value), mask) + " " : "";
        return $"{beginning}… (cut: {StepOutput.About(one.Size)}, of a result {StepOutput.About(MaxResult)} are kept)";
    }

    // A secret that does not end in it does not begin in it either.
    private static string Beginning(string text, SecretMask mask)
    {
        var beginning = text.AsSpan(0, Math.Min(text.Length, MaxBeginning));
        return beginning[..mask.Whole(beginning)].ToString();
    }

    private static int Size(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).Length;

    private static string Cut(string text) => text.Length <= MaxBecause ? text : text[..(MaxBecause / 2)] + " … (cut)";
}
