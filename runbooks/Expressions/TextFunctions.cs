using System.Globalization;
using System.Text;

namespace Runbooks.Expressions;

/// <summary>Functions that make text; every character made counts against the scope's limit before it is made.</summary>
internal static class TextFunctions
{
    public static string Format(Scope scope, object?[] args)
    {
        var template = Values.ToText(args[0]);
        var made = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            var letter = template[i];
            var doubled = i + 1 < template.Length && template[i + 1] == letter;
            if (letter is '{' or '}' && doubled)
            {
                made.Append(letter);
                i++;
                continue;
            }

            if (letter is '}')
                throw Malformed(template);
            if (letter is not '{')
            {
                made.Append(letter);
                continue;
            }

            var end = template.IndexOf('}', i);
            if (
                end < 0
                || !int.TryParse(template.AsSpan(i + 1, end - i - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            )
                throw Malformed(template);
            if (place > args.Length - 2)
                throw new ExpressionException(
                    ExpressionStage.Evaluation,
                    $"The format string refers to argument {place}, which is not given: {template}"
                );
            var text = Values.ToText(args[place + 1]);
            scope.Spend(text.Length);
            made.Append(text);
            i = end;
        }

        return scope.Made(made.ToString());
    }

    public static string Join(Scope scope, object?[] args)
    {
        if (Values.IsPrimitive(args[0]))
            return Values.ToText(args[0]);
        if (args[0] is not ListValue list)
            return "";
        var separator = args.Length > 1 && Values.IsPrimitive(args[1]) ? Values.ToText(args[1]) : ",";
        var made = new StringBuilder();
        foreach (var item in list.Items)
        {
            var text = Values.ToText(item);
            scope.Spend(text.Length + separator.Length);
            made.Append(text).Append(separator);
        }

        if (list.Items.Count > 0)
            made.Length -= separator.Length;
        return made.ToString();
    }

    public static string Replace(Scope scope, object?[] args)
    {
        var (text, old, with) = (Values.ToText(args[0]), Values.ToText(args[1]), Values.ToText(args[2]));
        if (old.Length == 0)
            return text;
        scope.Spend(text.Length + ((long)(text.Length / old.Length) * with.Length));
        return text.Replace(old, with, StringComparison.Ordinal);
    }

    public static ListValue Split(Scope scope, object?[] args)
    {
        var text = Values.ToText(args[0]);
        var separator = Values.ToText(args[1]);
        scope.Spend(text.Length + 1);
        return new ListValue([.. (separator.Length == 0 ? [text] : text.Split(separator)).Cast<object?>()]);
    }

    private static ExpressionException Malformed(string template) =>
        new(ExpressionStage.Evaluation, $"The format string is invalid: {template}");
}
