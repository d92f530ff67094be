using Runbooks.Actions;
using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>Follows values that an alert or a chat command brought, through inputs, <c>env</c> and lists, as far as the text says.</summary>
internal sealed class Taint
{
    private readonly Dictionary<string, string> inputs = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> env = new(StringComparer.OrdinalIgnoreCase);

    public Taint(RunbookDefinition definition)
    {
        foreach (var input in definition.Inputs)
        {
            // A value out of a list that the author wrote is the author's.
            if (input.Enum is not null)
                continue;
            if (definition.Chat?.Inputs.Contains(input.Name) is true)
                inputs[input.Name] = $"The input '{input.Name}', which chat gives,";
            else if (input.Default is { } value && Of(value) is not null)
                inputs[input.Name] = $"The input '{input.Name}', which an alert gives,";
        }

        foreach (var entry in definition.Env)
        {
            if (Of(entry.Value) is { } source)
                env[entry.Key] = source;
        }
    }

    /// <returns>What would form it, or null.</returns>
    public string? Reaches(Template value, UntaintedPart part, Template? list)
    {
        if (part is UntaintedPart.All || value is not Template.Mixed mixed)
            return Of(value, list);
        var text = "";
        foreach (var piece in mixed.Parts)
        {
            if (HasOrigin(text))
                return null;
            if (piece is Template.Constant { Value: string constant })
                text += constant;
            else if (Of(piece, list) is { } source)
                return source;
            else
                text += "x";
        }

        return null;
    }

    // What follows the slash after the authority (RFC 3986, section 3.2) goes to the same place whatever it is.
    private static bool HasOrigin(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal);
        return start >= 0 && text.AsSpan(start + 3).IndexOfAny('/', '?', '#') >= 0;
    }

    private string? Of(Template value, Template? list = null) =>
        value switch
        {
            Template.Whole whole => Of(whole.Expression, list),
            Template.Mixed mixed => First(mixed.Parts, list),
            Template.Sequence sequence => First(sequence.Items, list),
            Template.Mapping mapping => First(mapping.Entries.Select(entry => entry.Value), list),
            _ => null,
        };

    private string? First(IEnumerable<Template> parts, Template? list) =>
        parts.Select(part => Of(part, list)).FirstOrDefault(source => source is not null);

    private string? Of(Expression expression, Template? list)
    {
        if (expression.Contexts.Contains("alert"))
            return "A value of the alert";
        if (Named("inputs", inputs) is { } input)
            return input;
        if (Named("env", env) is { } variable)
            return variable;
        return list is not null && expression.Contexts.Contains("item") ? Of(list) : null;

        string? Named(string context, Dictionary<string, string> tainted)
        {
            if (!expression.Contexts.Contains(context) || tainted.Count == 0)
                return null;
            return References.To(context, expression.Text).Select(tainted.GetValueOrDefault).FirstOrDefault(source => source is not null)
                ?? (References.ToAllOf(context, expression.Text) ? tainted.Values.First() : null);
        }
    }
}
