using Runbooks.Actions;

namespace Integrations.Redis;

/// <summary>The Sentinels of a shard: there is one, and each can be called.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class SentinelPlacesAttribute : ExplainedRuleAttribute
{
    private const string Form = "a list with at least one host:port, or host alone";

    public override string? Problem(object? value) =>
        value is not IReadOnlyList<string> places ? null
        : places.Count == 0 ? $"{Form}, and it is empty"
        : places.Select(place => place ?? "").FirstOrDefault(place => HostAndPort.Parse(place, RedisCalls.SentinelPort) is null)
            is { } wrong
            ? $"{Form}, and '{SafeAddress.Of(wrong)}' is neither"
        : null;

    public override string FormatErrorMessage(string name) => $"{name} {Form}";
}
