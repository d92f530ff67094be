using Runbooks.Secrets;

namespace Runbooks.Definition;

/// <summary>Reads <c>inputs</c>.</summary>
internal static class InputReader
{
    /// <param name="owner">Whose <c>inputs</c>: the runbook's, or those of a question.</param>
    public static List<InputDefinition> Read(Fields owner, Problems problems, ExpressionReader expressions, bool secrets = true)
    {
        var inputs = new List<InputDefinition>();
        foreach (var (name, tree) in owner.Map("inputs"))
        {
            if (!RunbookReader.Kebab().IsMatch(name.Text))
                problems.Add(name, $"The input '{name.Text}' is not in kebab-case.");
            var input = One(name.Text, Fields.Of(tree, problems, Language.Input), problems, expressions) with
            {
                Line = name.Line,
                Column = name.Column,
            };
            if (input.Type is InputType.Secret && !secrets)
                problems.Add(name, $"'{name.Text}' is a secret, and answers go on the log. Use an input of the runbook with 'ref'.");
            inputs.Add(input);
        }

        return inputs;
    }

    private static InputDefinition One(string name, Fields fields, Problems problems, ExpressionReader expressions)
    {
        var type = fields.Word("type", InputType.String);
        var reference = fields.Text("ref");
        var pattern = fields.Text("pattern");
        var input = new InputDefinition(
            name,
            type,
            fields.Take("default") is { } value ? expressions.Template(value, ExpressionReader.InInputs) : null,
            fields.Flag("required", false),
            Enum(fields, problems),
            pattern is null ? null : RunbookReader.Pattern(fields.Take("pattern")!, pattern, problems),
            fields.Number("minimum", double.MinValue, double.MaxValue),
            fields.Number("maximum", double.MinValue, double.MaxValue),
            fields.Whole("min-length", 0, int.MaxValue),
            fields.Whole("max-length", 0, int.MaxValue),
            fields.Word<InputType>("items"),
            reference,
            fields.Text("description")
        );
        if (type is InputType.Secret)
            Secret(fields, input, problems);
        else if (reference is not null)
            problems.Add(fields.Take("ref")!, "'ref' is for inputs of type secret only.");
        if (input.Minimum > input.Maximum || input.MinLength > input.MaxLength)
            problems.Add(fields.Here, $"The input '{name}' has a lower bound above its upper one.");
        fields.NothingElse($"of the input '{name}'");
        return input;
    }

    private static List<object?>? Enum(Fields fields, Problems problems)
    {
        if (fields.Take("enum") is null)
            return null;
        var values = new List<object?>();
        foreach (var item in fields.List("enum"))
        {
            if (item is YamlTree.Scalar scalar)
                values.Add(scalar.Value);
            else
                problems.Add(item, "'enum' is a list of plain values.");
        }

        return values;
    }

    private static void Secret(Fields fields, InputDefinition input, Problems problems)
    {
        if (input.Ref is null)
            problems.Add(fields.Here, $"The secret '{input.Name}' needs 'ref': {SecretReader.Usual}.");
        else if (!SecretReader.IsReference(input.Ref))
            problems.Add(fields.Take("ref")!, $"'{input.Ref}' is no reference. Use {SecretReader.Usual}.");
        if (input.Default is not null)
            problems.Add(fields.Take("default")!, "A secret has no default; it comes from its 'ref'.");
    }
}
