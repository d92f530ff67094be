using System.Collections.Frozen;
using Bot.Parts;
using Integrations;

namespace Bot.Intake;

/// <summary>The configured sources by name, each with its kind.</summary>
internal sealed class AlertSources
{
    private readonly FrozenDictionary<string, ConfiguredSource> byName;

    /// <param name="own">Names and kinds of the bot's own sources; they have no secret, so nobody outside is one of them.</param>
    /// <param name="sourceOfToken">The source that an API token may deliver for (role <c>source:NAME</c>), or null.</param>
    /// <exception cref="StartException">A source names a kind that no part has, or is called as one of the bot's own.</exception>
    public AlertSources(
        IEnumerable<IAlertSource> kinds,
        IReadOnlyDictionary<string, AlertSourceOptions> configured,
        IReadOnlyList<(string Name, string Kind)> own,
        Func<string, string?> sourceOfToken
    )
    {
        var known = PartCatalog.ByName(kinds, kind => [kind.Kind]);
        if (own.FirstOrDefault(one => configured.ContainsKey(one.Name)).Name is { } taken)
            throw new StartException($"Alerts:Sources:{taken}: the name is taken by the bot's own alerts. Choose another one.");
        byName = configured
            .Concat(own.Select(one => KeyValuePair.Create(one.Name, new AlertSourceOptions { Kind = one.Kind })))
            .Select(source =>
                known.TryGetValue(source.Value.Kind, out var kind)
                    ? new ConfiguredSource(source.Key, kind, source.Value, sourceOfToken)
                    : throw new StartException(
                        $"Alerts:Sources:{source.Key}:Kind is '{source.Value.Kind}'. Known kinds: {string.Join(", ", known.Keys)}."
                    )
            )
            .ToFrozenDictionary(source => source.Name, StringComparer.Ordinal);
    }

    public IEnumerable<ConfiguredSource> All => byName.Values;

    /// <summary>A word to who makes a token for a source that is not there (yet); null where all is well.</summary>
    public string? NoteOn(string? source) =>
        source is null || byName.ContainsKey(source)
            ? null
            : $"There is no source {source} yet: until Alerts:Sources:{source}:Kind is set, nothing that it delivers is taken.";

    public ConfiguredSource? Find(string name) => byName.GetValueOrDefault(name);
}

/// <summary>A source by name, with its kind and its settings.</summary>
internal sealed class ConfiguredSource(string name, IAlertSource kind, AlertSourceOptions options, Func<string, string?> sourceOfToken)
{
    public string Name => name;

    public IAlertSource Kind => kind;

    /// <returns>How it was authenticated, for the trace; null if it was not.</returns>
    public string? Verify(AlertRequest request)
    {
        if (kind.Verify(request, options) is null)
            return $"source '{name}' ({kind.Kind}), by its own secret";
        // A token made with `token create --role source:NAME` opens this one door.
        if (BearerToken.Of(request) is not { } token)
            return null;
        return sourceOfToken(token) == name ? $"source '{name}' ({kind.Kind}), by an API token" : null;
    }
}
