using System.Runtime.InteropServices;
using System.Text.Json;
using Runbooks.Expressions;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>
/// What is kept of the end of an attempt, where everybody may see it: bounded in size and depth, of texts that can be written, and masked, so
/// that no cut leaves half of a secret.
/// </summary>
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
        var (masked, cut) = (new List<string>(), new List<CutMember>(ended.Cut ?? []));
        return ended with
        {
            Because = ended.Because is { } because ? Cut(mask.Apply(because)) : null,
            // Cut first: of a large answer most goes, and masking takes many times its size.
            Outputs = ended.Outputs is { } outputs ? mask.Apply(Bounded(outputs, mask, cut), masked) : null,
            Masked = masked.Count > 0 ? masked : null,
            Cut = cut.Count > 0 ? cut : null,
        };
    }

    /// <summary>The same end where the journal cannot write its outputs; null: it is not they.</summary>
    public static RunFact.StepEnded? Unwritable(RunFact.StepEnded ended, string because)
    {
        if (ended.Outputs is not { } outputs || ended.Cut is [{ Place: "" }])
            return null;
        var all = new CutMember("", Size(outputs), 0, Because: $"cannot be written to the log and was not kept: {because}");
        return ended with { Outputs = Values.ToJson("… (cut: it cannot be written to the log)"), Masked = null, Cut = [all] };
    }

    private static JsonElement Bounded(JsonElement result, SecretMask mask, List<CutMember> cut)
    {
        if (result.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.String))
            return result;
        if (result.ValueKind is not JsonValueKind.Object)
            return Size(result) > MaxResult || IsTooDeep(result, 0)
                ? Values.ToJson(Told(result, "", 0, mask, cut))
                : Values.Writable(result);
        if (LeftOut(result) is not { } leftOut)
            return Values.ToJson(Told(result, "", 0, mask, cut));
        if (leftOut.Count == 0)
            return Values.Writable(result);
        return Values.ToJson(
            new MapValue([
                .. result
                    .EnumerateObject()
                    .Select(member =>
                        KeyValuePair.Create(
                            JsonText.NameOf(member),
                            leftOut.Contains(JsonText.NameOf(member))
                                ? Told(member.Value, "/" + CutMember.Escaped(mask.Apply(JsonText.NameOf(member))), 1, mask, cut)
                                : Values.From(member.Value)
                        )
                    ),
            ])
        );
    }

    /// <summary>The members without which the rest can be kept, as few as possible; null: there is no such rest.</summary>
    private static HashSet<string>? LeftOut(JsonElement result)
    {
        var left = Size(result);
        var leftOut = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in result.EnumerateObject().Where(member => IsTooDeep(member.Value, 1)))
        {
            left -= Size(member.Value);
            leftOut.Add(JsonText.NameOf(member));
        }

        foreach (var member in result.EnumerateObject().OrderByDescending(member => Size(member.Value)).Take(MostCut))
        {
            if (left <= MaxResult || Size(member.Value) < LeastCut)
                break;
            if (leftOut.Add(JsonText.NameOf(member)))
                left -= Size(member.Value);
        }

        return left <= MaxResult && leftOut.Count <= MostCut ? leftOut : null;
    }

    /// <param name="above">How many levels of the result are around it.</param>
    private static string Told(JsonElement value, string place, int above, SecretMask mask, List<CutMember> cut)
    {
        var isText = value.ValueKind is JsonValueKind.String;
        var tooDeep = IsTooDeep(value, above);
        var one = new CutMember(place, Size(value), MaxResult, isText, tooDeep ? TooDeep(Levels(value) + above) : null);
        // A text within it that told of what was not read is gone with it.
        cut.RemoveAll(inner => inner.Place == place || inner.Place.StartsWith(place + "/", StringComparison.Ordinal));
        cut.Add(one);
        var why = tooDeep
            ? $"nested {Levels(value) + above} levels deep, of a result {Values.DeepestKept} are kept"
            : $"{StepOutput.About(one.Size)}, of a result {StepOutput.About(MaxResult)} are kept";
        return $"{(isText ? Beginning(JsonText.Of(value), mask) + " " : "")}… (cut: {why})";
    }

    private static string TooDeep(int levels) =>
        $"is nested {levels} levels deep and was not kept: of a result {Values.DeepestKept} levels are kept. "
        + "Take what is needed of it by 'outputs' of the step that brings it: they see the whole result, and toJSON(…) keeps it as text.";

    // What is larger than all that is kept goes for that.
    private static bool IsTooDeep(JsonElement value, int above) =>
        value.ValueKind is JsonValueKind.Object or JsonValueKind.Array
        && Size(value) <= MaxResult
        && Levels(value) + above > Values.DeepestKept;

    private static int Levels(JsonElement value)
    {
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(value), new JsonReaderOptions { MaxDepth = int.MaxValue });
        var levels = 0;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                levels = Math.Max(levels, reader.CurrentDepth + 1);
        }

        return levels;
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
