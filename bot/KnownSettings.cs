using System.Text.Json;
using Bot.Parts;

namespace Bot;

/// <summary>
/// The settings that there are: those of the <c>appsettings.json</c> that ships, which shows every key with its default. A key
/// beside them is a slip of whoever wrote it, and would change nothing without a word.
/// </summary>
internal static class KnownSettings
{
    // What stands below is the framework's.
    private const string Logging = "Logging";

    // Below these stand names that the operator chooses, with these keys each; none: a single value each.
    private static readonly Dictionary<string, string[]> Named = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Alerts:Sources"] = ["Kind", "Token", "Secret"],
        ["Paging:Webhooks"] = ["Url", "Secret", "Timeout"],
        ["Chat:Roles:Groups"] = [],
    };

    // Part of the program: the file in the folder is the operator's to change.
    private static readonly JsonElement Shipped = Read();

    /// <summary>The single values with their defaults.</summary>
    public static IReadOnlyDictionary<string, string> Defaults { get; } =
        Leaves("", Shipped).ToDictionary(leaf => leaf.Key, leaf => leaf.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>Keys that stand beside the settings and are none. What has nothing to do with ours is left alone: PATH is in there, too.</summary>
    public static IEnumerable<string> Problems(IConfiguration configuration) =>
        configuration
            .AsEnumerable()
            .Where(setting => setting.Value is not null)
            .Select(setting => ProblemOf(setting.Key.Split(':')))
            .OfType<string>()
            .Order(StringComparer.Ordinal);

    private static string? ProblemOf(string[] key)
    {
        var at = Shipped;
        for (var depth = 0; depth < key.Length; depth++)
        {
            var path = string.Join(':', key[..depth]);
            if (path.Equals(Logging, StringComparison.OrdinalIgnoreCase))
                return null;
            if (Named.TryGetValue(path, out var entries))
                return OfEntry(key, depth, entries);
            if (at.ValueKind is JsonValueKind.Array)
                return depth == key.Length - 1 ? null : $"{string.Join(':', key)} is no setting: {path} is a list of texts.";
            if (at.ValueKind is not JsonValueKind.Object)
                return $"{string.Join(':', key)} is no setting: {path} is a single value.";
            if (
                at.EnumerateObject().FirstOrDefault(child => Same(child.Name, key[depth])) is
                { Value.ValueKind: not JsonValueKind.Undefined } known
            )
                at = known.Value;
            else
                return Unknown(key, depth, [.. at.EnumerateObject().Select(child => child.Name)]);
        }

        return null;
    }

    private static string? OfEntry(string[] key, int depth, string[] entries) =>
        entries.Length == 0 || key.Length == depth + 1 ? null
        : entries.Contains(key[depth + 1], StringComparer.OrdinalIgnoreCase) ? null
        : Unknown(key, depth + 1, entries);

    private static string? Unknown(string[] key, int depth, IReadOnlyList<string> known)
    {
        var near = Spelling.Nearest(key[depth], known);
        // A section that resembles none of ours belongs to somebody else.
        if (depth == 0 && (near is null || key.Length == 1))
            return null;
        var path = string.Join(':', key);
        return near is null
            ? $"{path} is no setting. Known in {string.Join(':', key[..depth])}: {string.Join(", ", known)}."
            : $"{path} is no setting. Did you mean {string.Join(':', (string[])[.. key[..depth], near, .. key[(depth + 1)..]])}?";
    }

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<KeyValuePair<string, string>> Leaves(string path, JsonElement at)
    {
        foreach (var child in at.EnumerateObject())
        {
            var key = path.Length == 0 ? child.Name : $"{path}:{child.Name}";
            if (Same(key, Logging))
                continue;
            if (child.Value.ValueKind is JsonValueKind.Object)
            {
                foreach (var leaf in Leaves(key, child.Value))
                    yield return leaf;
            }
            else if (child.Value.ValueKind is not JsonValueKind.Array)
            {
                yield return new(key, child.Value.ToString());
            }
        }
    }

    private static JsonElement Read()
    {
        using var file = typeof(KnownSettings).Assembly.GetManifestResourceStream("Bot.appsettings.json")!;
        return JsonElement.Parse(new BinaryReader(file).ReadBytes((int)file.Length));
    }
}
