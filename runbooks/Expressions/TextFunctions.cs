using System.Globalization;
using System.Text;

namespace Runbooks.Expressions;

/// <summary>Functions that make text; every character counts against the scope's limit before it is made.</summary>
internal static class TextFunctions
{
    public static string Format(Scope scope, object?[] args)
    {
        var template = Values.ToText(args[0]);
        scope.TakeText(template.Length);
        var made = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            var letter = template[i];
            if (letter is not ('{' or '}'))
            {
                made.Append(letter);
                continue;
            }

            if (i + 1 < template.Length && template[i + 1] == letter)
            {
                made.Append(letter);
                i++;
                continue;
            }

            var end = letter is '{' ? template.IndexOf('}', i) : -1;
            if (
                end < 0
                || !int.TryParse(template.AsSpan(i + 1, end - i - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            )
            {
                throw Fault(
                    $"The following format string is invalid: {ExpressionException.Short(template)}. "
                        + "Arguments are {0}, {1} …; braces are written {{ and }}."
                );
            }

            if (place > args.Length - 2)
            {
                throw Fault(
                    "The following format string references more arguments than were supplied: "
                        + $"{ExpressionException.Short(template)}. It asks for {{{place}}} and is given {args.Length - 1}, counted from 0."
                );
            }

            made.Append(scope.Made(Values.ToText(args[place + 1])));
            i = end;
        }

        return made.ToString();
    }

    public static string Join(Scope scope, object?[] args)
    {
        if (Values.IsPrimitive(args[0]))
            return Values.ToText(args[0]);
        if (args[0] is not ListValue list)
            return "";
        var separator = args.Length > 1 && Values.IsPrimitive(args[1]) ? Values.ToText(args[1]) : ",";
        var made = new StringBuilder();
        for (var i = 0; i < list.Items.Count; i++)
        {
            scope.Work(1);
            if (i > 0)
                made.Append(scope.Made(separator));
            made.Append(scope.Made(Values.ToText(list.Items[i])));
        }

        return made.ToString();
    }

    public static string Replace(Scope scope, object?[] args)
    {
        var (text, old, with) = (Values.ToText(args[0]), Values.ToText(args[1]), Values.ToText(args[2]));
        if (old.Length == 0)
            return text;
        var places = TextSearch.Occurrences(text, old).Count();
        scope.TakeText(text.Length + ((long)places * (with.Length - old.Length)));
        var made = new StringBuilder();
        var from = 0;
        foreach (var at in TextSearch.Occurrences(text, old))
        {
            made.Append(text, from, at - from).Append(with);
            from = at + old.Length;
        }

        return made.Append(text, from, text.Length - from).ToString();
    }

    public static ListValue Split(Scope scope, object?[] args)
    {
        var (text, separator) = (Values.ToText(args[0]), Values.ToText(args[1]));
        scope.TakeText(text.Length);
        var parts = new List<object?>();
        var from = 0;
        foreach (var at in separator.Length == 0 ? [] : TextSearch.Occurrences(text, separator))
        {
            scope.TakeItems(1);
            parts.Add(text[from..at]);
            from = at + separator.Length;
        }

        scope.TakeItems(1);
        parts.Add(text[from..]);
        return new ListValue(parts);
    }

    private static ExpressionException Fault(string message) => new(ExpressionStage.Evaluation, message);
}
