using System.ComponentModel;
using System.Text.Json;
using Integrations;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record PickArguments(
    [Description("The list. The step's `where` says which of its items count, each as `item`.")] IReadOnlyList<JsonElement> From,
    [Description(
        "The field that decides which is the first, as `lag` or `disk.free`; `-lag` begins with the greatest. By default the order of the list."
    )]
        string? OrderBy = null
);

/// <summary><c>core/pick@1</c>: one item of a list.</summary>
internal sealed class PickAction : IStepAction
{
    public string Name => "core/pick@1";

    public string Summary => "Picks the first item of a list, by a field of the items if one is named.";

    public Type Arguments => typeof(PickArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            [new(FailureClass.Refused, "There is no item: the list is empty, or `where` holds for none.")],
            """
            uses: core/pick@1
            where: item.up
            with:
              from: [{ host: db1, up: true, lag: 30 }, { host: db2, up: true, lag: 4 }, { host: db3, up: false, lag: 0 }]
              order-by: lag
            """
        )
        {
            Brings = "The item.",
        };

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) =>
        with.TextOf("order-by") switch
        {
            null => "pick the first item",
            ['-', .. var field] => $"pick the item with the greatest {field}",
            var field => $"pick the item with the least {field}",
        };

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<PickArguments>(ActionJson.Options)!;
        IEnumerable<JsonElement> items = arguments.From;
        if (arguments.OrderBy is { } order)
        {
            var field = order.TrimStart('-').Split('.');
            // What lacks the field comes last either way; a sort that keeps the list's order among equals.
            var known = items.OrderBy(item => Field(item, field).ValueKind is JsonValueKind.Undefined or JsonValueKind.Null);
            items = order.StartsWith('-')
                ? known.ThenByDescending(item => Field(item, field), FieldOrder.Instance)
                : known.ThenBy(item => Field(item, field), FieldOrder.Instance);
        }

        return Task.FromResult(
            items.Cast<JsonElement?>().FirstOrDefault() is { } first
                ? new ActionResult.Succeeded(first)
                : (ActionResult)
                    new ActionResult.Failed(FailureClass.Refused, "there is no item: 'from' is empty, or 'where' holds for none")
        );
    }

    private static JsonElement Field(JsonElement item, string[] path)
    {
        foreach (var name in path)
            item = item.ValueKind is JsonValueKind.Object && item.TryGetProperty(name, out var inner) ? inner : default;
        return item;
    }

    /// <summary>Numbers by their value, texts letter by letter, false before true; of different kinds numbers come first.</summary>
    private sealed class FieldOrder : IComparer<JsonElement>
    {
        public static FieldOrder Instance { get; } = new();

        public int Compare(JsonElement one, JsonElement other) =>
            (one.ValueKind, other.ValueKind) switch
            {
                // A decimal has the digits of what counts rows or nanoseconds; what is too large for it has them in its exponent.
                (JsonValueKind.Number, JsonValueKind.Number) => one.TryGetDecimal(out var exact) && other.TryGetDecimal(out var with)
                    ? exact.CompareTo(with)
                    : one.GetDouble().CompareTo(other.GetDouble()),
                (JsonValueKind.Number, _) => -1,
                (_, JsonValueKind.Number) => 1,
                _ => string.CompareOrdinal(one.ToString(), other.ToString()),
            };
    }
}
