using Runbooks.Definition;
using Runbooks.Secrets;

namespace Runbooks.Testing;

/// <summary>One kind of store whose secrets are what the case says. No part of the product: the simulator makes it.</summary>
internal sealed class SimulatedSecrets : ISecretStore
{
    private readonly IReadOnlyDictionary<string, string> values;

    private SimulatedSecrets(string scheme, IReadOnlyDictionary<string, string> values) => (Scheme, this.values) = (scheme, values);

    public string Scheme { get; }

    public string Shape => Scheme + ":NAME";

    /// <summary>Every store that the runbook names; one that the case does not give has a value all the same, if it has to be there.</summary>
    /// <param name="given">By input.</param>
    public static SecretReader Of(RunbookDefinition definition, IReadOnlyDictionary<string, string> given)
    {
        var stores = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        foreach (var input in definition.Inputs)
        {
            if (input.Ref?.Split(':', 2) is not [var scheme, var name])
                continue;
            if (!stores.TryGetValue(scheme, out var values))
                stores[scheme] = values = new Dictionary<string, string>(StringComparer.Ordinal);
            if (given.GetValueOrDefault(input.Name) is { } value)
                values[name] = value;
            else if (input.Required)
                values[name] = $"test-secret-{input.Name}";
        }

        return new SecretReader(stores.Select(store => new SimulatedSecrets(store.Key, store.Value)));
    }

    public Task<SecretRead> ReadAsync(string name, CancellationToken cancel) =>
        Task.FromResult<SecretRead>(
            values.TryGetValue(name, out var value) ? new SecretRead.Value(value) : new SecretRead.Missing("the case does not give it")
        );
}
