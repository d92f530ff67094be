using Runbooks.Actions;

namespace Integrations.Postgres;

/// <summary>A text of SQL that a step can send.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class SqlTextAttribute : ExplainedRuleAttribute
{
    /// <summary>Whether it has to be a query.</summary>
    public bool Reads { get; init; }

    public override string? Problem(object? value) =>
        value is not string text ? null
        : string.IsNullOrWhiteSpace(text) ? "a statement, and it is empty"
        : Reads ? ReadOnlySql.Problem(text)
        : UnsentSql.Problem(text);

    public override string FormatErrorMessage(string name) => $"{name} a statement";
}
