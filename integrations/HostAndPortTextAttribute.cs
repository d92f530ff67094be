using Runbooks.Actions;

namespace Integrations;

/// <summary>A place as <c>host:port</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class HostAndPortTextAttribute : ExplainedRuleAttribute
{
    /// <summary>Whether there is a usual port.</summary>
    public bool HasUsualPort { get; init; }

    /// <summary>Whether it may be the path of a socket, too.</summary>
    public bool OrPath { get; init; }

    private string Form =>
        (OrPath ? "a path that begins with '/', or " : "") + "host:port" + (HasUsualPort && !OrPath ? ", or host alone" : "");

    public override string? Problem(object? value) =>
        value?.ToString() is not { } text
        || (OrPath && text.StartsWith('/'))
        || HostAndPort.Parse(text, HasUsualPort ? 1 : 0) is { Port: > 0 }
            ? null
            : $"{Form}, and '{SafeAddress.Of(text)}' is {(HasUsualPort ? "neither" : "not")}";

    public override string FormatErrorMessage(string name) => $"{name} {Form}";
}
