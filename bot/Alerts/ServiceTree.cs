using System.Collections.Frozen;

namespace Bot.Alerts;

/// <summary>Which service stands on which: while a parent has an open incident, what its children send is taken as its consequence.</summary>
internal sealed class ServiceTree
{
    private readonly FrozenDictionary<string, IReadOnlyList<string>> ancestors;

    /// <param name="parents">The services that each service stands on; names without an entry of their own are fine.</param>
    public ServiceTree(IReadOnlyDictionary<string, IReadOnlyList<string>> parents)
    {
        ancestors = parents.ToFrozenDictionary(
            service => service.Key,
            service => (IReadOnlyList<string>)Above(service.Key, parents),
            StringComparer.Ordinal
        );
    }

    public static ServiceTree Empty { get; } = new(new Dictionary<string, IReadOnlyList<string>>());

    public bool IsEmpty => ancestors.Count == 0;

    /// <summary>All services that this one stands on, nearest first.</summary>
    public IReadOnlyList<string> AncestorsOf(string? service) => service is null ? [] : ancestors.GetValueOrDefault(service, []);

    // By breadth, each once: a ring of services that need each other ends here too.
    private static List<string> Above(string service, IReadOnlyDictionary<string, IReadOnlyList<string>> parents)
    {
        var found = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { service };
        for (var (at, next) = (service, 0); ; at = found[next++])
        {
            foreach (var parent in parents.GetValueOrDefault(at, []))
            {
                if (seen.Add(parent))
                    found.Add(parent);
            }

            if (next >= found.Count)
                return found;
        }
    }
}
