using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Bot.Parts;

/// <summary>
/// Finds every implementer of a contract in the product's assemblies, in stable order. Adding a part is adding a file;
/// two parts with one name stop the start, and the error names both.
/// </summary>
internal sealed class PartCatalog
{
    private readonly IReadOnlyList<Type> types;

    public PartCatalog(params IEnumerable<Assembly> assemblies)
        : this(assemblies.SelectMany(Classes)) { }

    private PartCatalog(IEnumerable<Type> found)
    {
        types = found
            // What has no public constructor is made by its owner, as a stand-in around another part is.
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.GetConstructors().Length > 0)
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .ToList();
    }

    /// <summary>The product itself: <c>runbooks</c>, <c>integrations</c>, <c>bot</c>.</summary>
    public static PartCatalog OfProduct { get; } =
        new(typeof(Runbooks.Actions.IStepAction).Assembly, typeof(Integrations.IIntegration).Assembly, typeof(PartCatalog).Assembly);

    /// <summary>The same and a few more, as if their files were in the product.</summary>
    public PartCatalog With(params IEnumerable<Type> more) => new(types.Concat(more));

    public IReadOnlyList<Type> Implementing<TContract>() => Implementing(typeof(TContract));

    public IReadOnlyList<Type> Implementing(Type contract) => [.. types.Where(type => type.IsAssignableTo(contract))];

    // By their metadata: Assembly.GetTypes also loads what the compiler puts inside of them, and with it the clients of all systems that
    // steps may ever reach, 5 MB of a bot at rest.
    private static unsafe List<Type> Classes(Assembly assembly)
    {
        if (!assembly.TryGetRawMetadata(out var metadata, out var length))
            throw new InvalidOperationException($"{assembly} has no metadata.");
        var reader = new MetadataReader(metadata, length);
        return
        [
            .. reader
                // The first is the module itself (ECMA-335, II.22.37).
                .TypeDefinitions.Skip(1)
                .Where(handle => !reader.GetTypeDefinition(handle).IsNested)
                .Select(handle => assembly.ManifestModule.ResolveType(MetadataTokens.GetToken(handle))),
        ];
    }

    /// <summary>Parts by their name.</summary>
    /// <param name="kind">What they are; null: as their contract says.</param>
    /// <exception cref="StartException">Two parts share a name.</exception>
    public static IReadOnlyDictionary<string, TContract> ByName<TContract>(
        IEnumerable<TContract> parts,
        Func<TContract, IEnumerable<string>> names,
        string? kind = null
    )
        where TContract : notnull
    {
        var byName = new SortedDictionary<string, TContract>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in parts)
        {
            foreach (var name in names(part))
            {
                if (!byName.TryAdd(name, part))
                {
                    throw new StartException(
                        $"Two parts of kind {kind ?? typeof(TContract).Name} are called '{name}': {byName[name].GetType().FullName} and {part.GetType().FullName}. Rename one."
                    );
                }
            }
        }

        return byName;
    }
}
