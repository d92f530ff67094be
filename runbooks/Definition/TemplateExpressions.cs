using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>The expressions that stand in a value.</summary>
internal static class TemplateExpressions
{
    public static IEnumerable<Expression> In(Template? template) =>
        template switch
        {
            Template.Whole whole => [whole.Expression],
            Template.Mixed mixed => mixed.Parts.SelectMany(In),
            Template.Sequence sequence => sequence.Items.SelectMany(In),
            Template.Mapping mapping => mapping.Entries.SelectMany(entry => In(entry.Value)),
            _ => [],
        };
}
