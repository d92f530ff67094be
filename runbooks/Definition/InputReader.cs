using Runbooks.Expressions;
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

        // Answers are given all at once: what a question is about is asked first.
        return secrets ? InOrder(inputs, problems) : inputs;
    }

    // A default that looks at what is filled in after it would always see nothing.
    private static List<InputDefinition> InOrder(List<InputDefinition> inputs, Problems problems)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            var named = TemplateExpressions.In(inputs[i].Default).SelectMany(one => References.To("inputs", one.Text)).ToList();
            foreach (var later in inputs.Skip(i).Where(one => named.Contains(one.Name, StringComparer.OrdinalIgnoreCase)))
            {
                problems.All.Add(
                    new DefinitionProblem(
                        inputs[i].Line,
                        inputs[i].Column,
                        $"The default of '{inputs[i].Name}' uses 'inputs.{later.Name}', which is filled in after it; defaults go from the top."
                    )
                );
            }
        }

        return inputs;
    }

    // Rules that never apply, and a default that its own rules refuse, are slips that show only when somebody starts it.
    private static void Agrees(Fields fields, InputDefinition input, Problems problems)
    {
        Only("minimum", InputType.Integer, InputType.Number);
        Only("maximum", InputType.Integer, InputType.Number);
        Only("pattern", InputType.String);
        Only("min-length", InputType.String, InputType.List);
        Only("max-length", InputType.String, InputType.List);
        Only("items", InputType.List);
        Only("enum", InputType.String, InputType.Integer, InputType.Number, InputType.Boolean);
        if (input.Items is InputType.Secret)
            problems.Add(fields.Take("items")!, "A list has no secrets as items: each secret is an input of its own, with 'ref'.");
        foreach (var value in input.Enum ?? [])
        {
            if (value is null || InputRules.Typed(input.Type, value) is null)
                problems.Add(fields.Take("enum")!, $"'{Values.ToText(value)}' in 'enum' is not of type {Words.Of(input.Type)}.");
        }

        if (input is { Type: not InputType.Secret, Default: Template.Constant { Value: { } given } })
        {
            foreach (var refused in InputRules.Check(input, given).Refused)
                problems.Add(
                    fields.Take("default")!,
                    $"The default '{Values.ToText(given)}' of '{input.Name}' breaks its own rule. {refused}"
                );
        }

        void Only(string key, params ReadOnlySpan<InputType> types)
        {
            if (fields.Take(key) is not { } tree || types.Contains(input.Type))
                return;
            var words = new List<string>();
            foreach (var type in types)
                words.Add(Words.Of(type));
            problems.Add(
                tree,
                $"'{key}' is for inputs of type {string.Join(" or ", words)}; '{input.Name}' is of type {Words.Of(input.Type)}."
            );
        }
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
            // Most steps cannot do without their secret: that one can is said.
            fields.Flag("required", type is InputType.Secret),
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
        Agrees(fields, input, problems);
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
