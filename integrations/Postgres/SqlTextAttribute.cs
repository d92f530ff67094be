using Runbooks.Actions;

namespace Integrations.Postgres;

/// <summary>A text of SQL: there is one.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class SqlTextAttribute : ExplainedRuleAttribute
{
    public override string? Problem(object? value) =>
        value is string text && string.IsNullOrWhiteSpace(text) ? "a statement, and it is empty" : null;

    public override string FormatErrorMessage(string name) => $"{name} a statement";
}
