using System.Text.RegularExpressions;
using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>What an input takes. Pure.</summary>
internal static class InputRules
{
    /// <returns>The value as its type has it, and for each rule that it breaks one sentence: what to give instead.</returns>
    public static (object Value, IReadOnlyList<string> Refused) Check(InputDefinition input, object value)
    {
        if (Typed(input.Type, value) is not { } typed)
            return (value, [$"It must be of type {Words.Of(input.Type)}."]);
        var refused = new List<string>();
        if (input.Enum is { } allowed && !allowed.Any(one => Values.ToText(one) == Values.ToText(typed)))
            refused.Add($"It must be one of {string.Join(", ", allowed.Select(Values.ToText))}.");
        switch (typed)
        {
            case string text:
                if (input.Pattern is { } pattern && !pattern.IsMatch(text))
                    refused.Add($"It must match {Written(pattern)}.");
                if (text.Length < input.MinLength || text.Length > input.MaxLength)
                    refused.Add($"Its length must be {Bounds(input.MinLength, input.MaxLength)} characters; it has {text.Length}.");
                break;
            case double or ExactNumber when Values.ToNumber(typed) is var number && (number < input.Minimum || number > input.Maximum):
                refused.Add($"It must be {Bounds(input.Minimum, input.Maximum)}.");
                break;
            case ListValue list:
                if (list.Items.Count < input.MinLength || list.Items.Count > input.MaxLength)
                    refused.Add($"It must have {Bounds(input.MinLength, input.MaxLength)} items; it has {list.Items.Count}.");
                if (Values.LevelsOf(list) is var levels && levels >= Values.DeepestKept)
                    refused.Add($"It must be nested at most {Values.DeepestKept - 1} levels deep; it has {levels}.");
                if (input.Items is { } items && list.Items.Any(item => item is null || Typed(items, item) is null))
                    refused.Add($"Each item must be of type {Words.Of(items)}.");
                break;
        }

        return (typed, refused);
    }

    /// <summary>A pattern as it stands in the runbook, where it is over the whole text by itself.</summary>
    public static string Written(Regex pattern) => pattern.ToString()[@"\A(?:".Length..^@")\z".Length];

    /// <summary>Labels of alerts and words typed in chat are texts; they count as what they say.</summary>
    /// <returns>Null for what is not of the type.</returns>
    public static object? Typed(InputType type, object value) =>
        type switch
        {
            InputType.String when value is string or double or ExactNumber or bool => Values.ToText(value),
            InputType.Boolean when value is bool => value,
            InputType.Boolean when value is "true" => true,
            InputType.Boolean when value is "false" => false,
            InputType.Number => Number(value),
            InputType.Integer => Number(value) switch
            {
                double number when number == Math.Floor(number) => number,
                ExactNumber { IsInteger: true } exact => exact,
                _ => null,
            },
            InputType.List when value is ListValue => value,
            _ => null,
        };

    private static object? Number(object value) =>
        value switch
        {
            double or ExactNumber => value,
            string { Length: > 0 } text when double.TryParse(text, out var number) && double.IsFinite(number) => ExactNumber.FromText(
                text,
                number
            ),
            _ => null,
        };

    private static string Bounds(double? least, double? most) =>
        (least, most) switch
        {
            (null, { } top) => $"at most {Numbers.Write(top)}",
            ({ } bottom, null) => $"at least {Numbers.Write(bottom)}",
            _ => $"from {Numbers.Write(least ?? 0)} to {Numbers.Write(most ?? 0)}",
        };
}
