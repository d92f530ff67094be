using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>What is wrong between a runbook and those that its steps call, and those that these call.</summary>
/// <param name="broken">Of a name that is not known: why, if its file is there.</param>
internal sealed class CallCheck(IReadOnlyDictionary<string, RunbookDefinition> known, Func<string, string?> broken)
{
    private const int Deepest = 10;

    // By name, how deep they were found whole: what several call is looked at once for all of them.
    private readonly Dictionary<string, int> whole = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunbookDefinition> called = new(StringComparer.Ordinal);

    /// <summary>Those that were found, by name.</summary>
    public IReadOnlyDictionary<string, RunbookDefinition> Called => called;

    /// <param name="chain">The names of those that call it, the outermost first.</param>
    /// <returns>Null if it and all that it calls is there.</returns>
    public string? Missing(string name, IReadOnlyList<string> chain)
    {
        if (whole.GetValueOrDefault(name, -1) >= chain.Count)
            return null;
        if (chain.Contains(name))
            return $"Runbooks call each other in a circle: {string.Join(" → ", chain)} → {name}.";
        if (chain.Count >= Deepest)
            return $"Runbooks call each other more than {Deepest} deep: {string.Join(" → ", chain)}.";
        if (!known.TryGetValue(name, out var definition))
        {
            var why = broken(name) ?? $"There is no runbook '{name}'.{Suggestion.For(name, known.Keys)}";
            return chain.Count == 1 ? why : $"By way of {string.Join(" → ", chain.Skip(1))}: {why}";
        }

        called[name] = definition;
        foreach (var next in definition.Calls)
        {
            if (Missing(next, [.. chain, name]) is { } missing)
                return missing;
        }

        whole[name] = chain.Count;
        return null;
    }

    /// <summary>Whether what is given is what the called runbook asks for.</summary>
    public static IEnumerable<string> Given(CallDefinition call, RunbookDefinition called)
    {
        var given = call.With switch
        {
            Template.Constant { Value: MapValue map } => map.Entries.ToDictionary(
                entry => entry.Key,
                entry => (Template)new Template.Constant(entry.Value)
            ),
            Template.Mapping map => map.Entries.ToDictionary(),
            _ => [],
        };
        var inputs = called.Inputs.Select(input => input.Name).ToList();
        foreach (var name in given.Keys.Except(inputs, StringComparer.Ordinal))
            yield return $"The runbook '{called.Name}' has no input '{name}'.{Suggestion.For(name, inputs)}";
        foreach (var input in called.Inputs.Where(input => input.Type is not InputType.Secret))
        {
            if (!given.TryGetValue(input.Name, out var value))
            {
                if (input is { Required: true, Default: null })
                    yield return $"The runbook '{called.Name}' needs the input '{input.Name}': give it in 'with'.";
            }
            else if (value is Template.Constant { Value: { } constant })
            {
                foreach (var refused in InputRules.Check(input, constant).Refused)
                    yield return $"The input '{input.Name}' of the runbook '{called.Name}': {refused}";
            }
        }
    }
}
