using Runbooks.Actions;

namespace Integrations.Alertmanager;

/// <summary>The id of a silence: it becomes a part of a path.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class SilenceIdAttribute : TextFormAttribute
{
    protected override string Form => "a silence's id, as alertmanager/silence@1 gives it";

    protected override bool Fits(string text) => Guid.TryParse(text, out _);
}

/// <summary>Labels of the alerts that are meant: there is one.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class SilenceMatchersAttribute : ExplainedRuleAttribute
{
    private const string Form = "a mapping with at least one label";

    public override string? Problem(object? value) =>
        value is IReadOnlyDictionary<string, string> { Count: 0 } ? $"{Form}: an empty one would silence every alert" : null;

    public override string FormatErrorMessage(string name) => $"{name} {Form}";
}
