using Runbooks.Actions;

namespace Integrations.Ssh;

/// <summary>Keys of a host, or their fingerprints.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class SshHostKeyTextsAttribute : ExplainedRuleAttribute
{
    private const string Form = "a list of host keys, as SHA256:… or ssh-ed25519 AAAA…";

    public override string? Problem(object? value) =>
        (value as IReadOnlyList<string>)?.Select(text => text ?? "").FirstOrDefault(text => SshHostKeys.Read(text) is null) is { } wrong
            ? $"{Form}, and '{wrong}' is none"
            : null;

    public override string FormatErrorMessage(string name) => $"{name} {Form}";
}
