using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Bot.Log;

/// <summary>
/// The stable names of all facts: family + kebab-case name of the record (<c>IncidentFact.AlertsJoined</c> is
/// <c>incident.alerts-joined</c>). <c>tests/Log/facts.approved.txt</c> keeps a rename from changing what old logs mean; a fact whose
/// shape changes becomes a new record with its version in the name.
/// </summary>
internal sealed class FactCatalog
{
    private readonly FrozenDictionary<Type, string> names;
    private readonly FrozenDictionary<string, Type> types;

    /// <param name="families">The base record of each closed union, by the family's name.</param>
    public FactCatalog(IEnumerable<(string Family, Type Union)> families)
    {
        var found = families
            .SelectMany(family =>
                family
                    .Union.GetNestedTypes()
                    .Where(type => type.IsSubclassOf(family.Union))
                    .Select(type => (Type: type, Name: family.Family + "." + Kebab(type.Name)))
            )
            .ToList();
        names = found.ToFrozenDictionary(fact => fact.Type, fact => fact.Name);
        types = found.ToFrozenDictionary(fact => fact.Name, fact => fact.Type, StringComparer.Ordinal);
    }

    public IEnumerable<string> Names => types.Keys.Order(StringComparer.Ordinal);

    public string NameOf(object fact) => names[fact.GetType()];

    /// <summary>To look for facts of one kind.</summary>
    public string NameOf<TFact>() => names[typeof(TFact)];

    /// <exception cref="UnwritableFactException">Something in it has no form that can be kept.</exception>
    public static byte[] Write(object fact)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(fact, fact.GetType(), FactJson.Options);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException or ArgumentException)
        {
            throw new UnwritableFactException(fact, fault);
        }
    }

    /// <returns>False for a name this version does not know, or data it cannot read: the event is then shown raw.</returns>
    public bool TryRead(string type, string data, [NotNullWhen(true)] out object? fact)
    {
        fact = null;
        if (!types.TryGetValue(type, out var known))
            return false;
        try
        {
            fact = JsonSerializer.Deserialize(data, known, FactJson.Options);
            return fact is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Kebab(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}

/// <summary>A fact that cannot be written as JSON, however often it is tried.</summary>
internal sealed class UnwritableFactException(object fact, Exception fault) : Exception(fault.GetBaseException().Message, fault)
{
    public object Fact => fact;
}
