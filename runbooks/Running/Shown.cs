using System.Runtime.InteropServices;
using System.Text.Json;
using Runbooks.Expressions;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>
/// What is kept of the end of an attempt, where everybody may see it: bounded in size and depth, of texts that can be written, and masked, so
/// that no cut leaves half of a secret.
/// </summary>
internal sealed class Shown
{
    // Many that are large are no result but a document.
    private const int MostCut = 20;

    private const int MaxBecause = 16 * 1024;
    private const int MaxBeginning = 4_000;

    // What stands where something was left out.
    private const int Notice = 150;

    private readonly SecretMask mask;
    private readonly int room;
    private readonly List<CutMember> cut;

    // Made of what is kept, not of what came: nothing sees more of it.
    private readonly bool isMade;

    private Shown(SecretMask mask, int room, IReadOnlyList<CutMember>? cut, bool isMade = false) =>
        (this.mask, this.room, this.cut, this.isMade) = (mask, room, [.. cut ?? []], isMade);

    // What is smaller is worth more than the room that it takes.
    private int LeastCut => Math.Min(16_000, room / 8);

    // Less than the least that is cut: what is shown of it must not take what was gained.
    private int MostBeginning => Math.Min(MaxBeginning, room / 32);

    private IReadOnlyList<CutMember>? Cut => cut.Count > 0 ? cut : null;

    /// <param name="room">Bytes of its outputs that may be kept.</param>
    public static RunFact.StepEnded Of(RunFact.StepEnded ended, SecretMask mask, int room)
    {
        var masked = new List<string>();
        var shown = new Shown(mask, room, ended.Cut);
        return ended with
        {
            Because = ended.Because is { } because ? shown.Shorter(mask.Apply(because)) : null,
            // Cut first: of a large answer most goes, and masking takes many times its size.
            Outputs = ended.Outputs is { } outputs ? mask.Apply(shown.Bounded(outputs), masked) : null,
            Masked = masked.Count > 0 ? masked : null,
            Cut = shown.Cut,
        };
    }

    /// <summary>What is made of results that are kept: masked it is.</summary>
    public static RunFact.StepEnded Within(RunFact.StepEnded ended, int room)
    {
        if (ended.Outputs is not { } outputs)
            return ended;
        var shown = new Shown(SecretMask.None, room, ended.Cut, isMade: true);
        return ended with { Outputs = shown.Bounded(outputs), Cut = shown.Cut };
    }

    /// <summary>Of a run itself there is one end, whatever its steps have brought: it takes its room beside them.</summary>
    public static RunFact.Ended Of(RunFact.Ended ended)
    {
        if (ended.Outputs is not { } outputs)
            return ended;
        var shown = new Shown(SecretMask.None, RunRoom.MostOfOne, null, isMade: true);
        return ended with { Outputs = shown.Bounded(outputs), Cut = shown.Cut };
    }

    /// <summary>The same end where the journal cannot write its outputs; null: it is not they.</summary>
    public static RunFact.StepEnded? Unwritable(RunFact.StepEnded ended, string because)
    {
        if (ended.Outputs is not { } outputs || ended.Cut is [{ Place: "" }])
            return null;
        var all = new CutMember("", Size(outputs), 0, Because: $"cannot be written to the log and was not kept: {because}");
        return ended with { Outputs = Values.ToJson("… (cut: it cannot be written to the log)"), Masked = null, Cut = [all] };
    }

    private JsonElement Bounded(JsonElement result)
    {
        if (result.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.String))
            return result;
        if (result.ValueKind is not JsonValueKind.Object)
            return Size(result) > room || IsTooDeep(result, 0) ? Values.ToJson(Told(result, "", 0)) : Values.Writable(result);
        if (LeftOut(result) is not { } leftOut)
            return Values.ToJson(Told(result, "", 0));
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
                                ? Told(member.Value, "/" + CutMember.Escaped(mask.Apply(JsonText.NameOf(member))), 1)
                                : Values.From(member.Value)
                        )
                    ),
            ])
        );
    }

    /// <summary>The members without which the rest can be kept, as few as possible; null: there is no such rest.</summary>
    private HashSet<string>? LeftOut(JsonElement result)
    {
        var left = Size(result);
        var leftOut = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in result.EnumerateObject().Where(member => IsTooDeep(member.Value, 1)))
        {
            left -= Gained(member.Value);
            leftOut.Add(JsonText.NameOf(member));
        }

        foreach (var member in result.EnumerateObject().OrderByDescending(member => Size(member.Value)).Take(MostCut))
        {
            if (left <= room || Size(member.Value) < LeastCut)
                break;
            if (leftOut.Add(JsonText.NameOf(member)))
                left -= Gained(member.Value);
        }

        return left <= room && leftOut.Count <= MostCut ? leftOut : null;
    }

    private int Gained(JsonElement value) =>
        Size(value) - Notice - (value.ValueKind is JsonValueKind.String ? Math.Min(Size(value), MostBeginning) : 0);

    /// <param name="above">How many levels of the result are around it.</param>
    private string Told(JsonElement value, string place, int above)
    {
        var isText = value.ValueKind is JsonValueKind.String;
        var tooDeep = IsTooDeep(value, above);
        var one = new CutMember(place, Size(value), room, isText);
        if (tooDeep)
            one = one with { Because = TooDeep(Levels(value) + above) };
        else if (isMade)
            one = one with { Because = $"takes {StepOutput.About(one.Size)} and was not kept: {one.Room}. Bring less of it by 'outputs'." };
        // A text within it that told of what was not read is gone with it.
        cut.RemoveAll(inner => inner.Place == place || inner.Place.StartsWith(place + "/", StringComparison.Ordinal));
        cut.Add(one);
        var why = tooDeep
            ? $"nested {Levels(value) + above} levels deep, of a result {Values.DeepestKept} are kept"
            : $"{StepOutput.About(one.Size)}, {one.Room}";
        return $"{(isText ? Beginning(JsonText.Of(value)) + " " : "")}… (cut: {why})";
    }

    private static string TooDeep(int levels) =>
        $"is nested {levels} levels deep and was not kept: of a result {Values.DeepestKept} levels are kept. "
        + "Take what is needed of it by 'outputs' of the step that brings it: they see the whole result, and toJSON(…) keeps it as text.";

    // What is larger than all that is kept goes for that.
    private bool IsTooDeep(JsonElement value, int above) =>
        value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && Size(value) <= room && Levels(value) + above > Values.DeepestKept;

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
    private string Beginning(string text)
    {
        var beginning = text.AsSpan(0, Math.Min(text.Length, MostBeginning));
        return beginning[..mask.Whole(beginning)].ToString();
    }

    private static int Size(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).Length;

    private string Shorter(string text)
    {
        var most = Math.Min(MaxBecause, room);
        return text.Length <= most ? text : text[..(most / 2)] + " … (cut)";
    }
}
