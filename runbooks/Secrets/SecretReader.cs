using System.Runtime.CompilerServices;
using Runbooks.Definition;

namespace Runbooks.Secrets;

/// <summary>
/// Reads the secrets of a runbook by their references, at the start and again at every step, so that a resumed run and a rotated
/// secret need nothing. Values stay in memory, in the mask of their runbook only.
/// </summary>
public sealed class SecretReader
{
    private static readonly Task<SecretValues> Nothing = Task.FromResult(
        new SecretValues(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase), [], SecretMask.None)
    );

    private readonly Dictionary<string, ISecretStore> stores;
    private readonly ConditionalWeakTable<RunbookDefinition, KnownSecrets> known = [];

    public SecretReader(IEnumerable<ISecretStore> stores)
    {
        this.stores = stores.ToDictionary(store => store.Scheme, StringComparer.Ordinal);
        Shapes = [.. this.stores.Values.Select(store => store.Shape).Order(StringComparer.Ordinal)];
    }

    /// <summary>The stores that every runbook can count on.</summary>
    public static SecretReader Plain { get; } = new([new EnvSecretStore(), new FileSecretStore()]);

    public IReadOnlyList<string> Shapes { get; }

    /// <summary>For problems of a text, which any bot may be going to run.</summary>
    internal static string Usual => "env:NAME, file:PATH, or SCHEME:NAME of a store that the bot has";

    internal static bool IsReference(string reference) => Split(reference) is ({ Length: > 0 }, { Length: > 0 });

    /// <returns>A sentence that says what is wrong with a reference, or null.</returns>
    public string? Problem(string reference)
    {
        var (scheme, name) = Split(reference);
        var fix = $"Use {string.Join(" or ", Shapes)}.";
        if (scheme.Length == 0)
            return $"'{reference}' is no reference. {fix}";
        if (!stores.ContainsKey(scheme))
            return $"There is no store of secrets '{scheme}:'. {fix}";
        return name.Length == 0 ? $"'{reference}' names nothing. {fix}" : null;
    }

    public Task<SecretValues> ReadAsync(RunbookDefinition definition, CancellationToken cancel)
    {
        // Most runbooks have none, and this is asked at every step.
        foreach (var input in definition.Inputs)
        {
            if (input.Type is InputType.Secret && input.Ref is not null)
                return ReadAllAsync(definition, cancel);
        }

        return Nothing;
    }

    private async Task<SecretValues> ReadAllAsync(RunbookDefinition definition, CancellationToken cancel)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var missing = new List<MissingSecret>();
        foreach (var input in definition.Inputs.Where(input => input.Type is InputType.Secret && input.Ref is not null))
        {
            switch (await ReadAsync(input.Ref!, cancel))
            {
                case SecretRead.Missing or SecretRead.Value { Text: "" } when !input.Required:
                    values[input.Name] = null;
                    break;
                case SecretRead.Value value when Refusal(value.Text) is { } because:
                    missing.Add(new MissingSecret(input.Name, Sentence(input, because)));
                    break;
                case SecretRead.Value value:
                    values[input.Name] = value.Text;
                    break;
                case SecretRead.Missing none:
                    missing.Add(new MissingSecret(input.Name, Sentence(input, none.Because)));
                    break;
                case SecretRead.Unusable unusable:
                    missing.Add(new MissingSecret(input.Name, Sentence(input, unusable.Because)));
                    break;
            }
        }

        return new SecretValues(values, missing, Masks(definition, values.Values.OfType<string>()));
    }

    /// <summary>The mask that knows every value that was ever read for this runbook by this process, and these.</summary>
    public SecretMask Masks(RunbookDefinition definition, IEnumerable<string> more) => known.GetOrCreateValue(definition).With(more);

    private async Task<SecretRead> ReadAsync(string reference, CancellationToken cancel)
    {
        var (scheme, name) = Split(reference);
        return Problem(reference) is { } problem
            ? new SecretRead.Unusable(problem.TrimEnd('.'))
            : await stores[scheme].ReadAsync(name, cancel);
    }

    private static (string Scheme, string Name) Split(string reference) =>
        reference.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 && reference[..colon].All(char.IsAsciiLetterLower)
            ? (reference[..colon], reference[(colon + 1)..])
            : ("", "");

    private static string? Refusal(string value) =>
        value.Length switch
        {
            0 => "it is empty",
            < SecretMask.Shortest =>
                $"it is shorter than {SecretMask.Shortest} characters: it could not be hidden in what the run shows. Use a longer one",
            > SecretMask.Longest => $"it is longer than {SecretMask.Longest / 1024} KB, which is no secret",
            _ => null,
        };

    private static string Sentence(InputDefinition input, string because) => $"The secret '{input.Name}' ({input.Ref}): {because}.";

    private sealed class KnownSecrets
    {
        // A secret that is rotated every hour must not grow the mask for ever; what was masked with the old one stays masked.
        private const int Most = 256;

        private readonly Lock gate = new();
        private readonly List<string> values = [];
        private SecretMask mask = SecretMask.None;

        public SecretMask With(IEnumerable<string> more)
        {
            lock (gate)
            {
                var before = values.Count;
                values.AddRange(
                    more.Where(value => !values.Contains(value, StringComparer.Ordinal)).Distinct(StringComparer.Ordinal).ToList()
                );
                if (values.Count == before)
                    return mask;
                if (values.Count > Most)
                    values.RemoveRange(0, values.Count - Most);
                return mask = new SecretMask(values);
            }
        }
    }
}

/// <summary>The secrets of a runbook at this moment.</summary>
/// <param name="Values">By input; null for one that is not there and need not be.</param>
/// <param name="Mask">Knows them, and what they were before.</param>
public sealed record SecretValues(IReadOnlyDictionary<string, string?> Values, IReadOnlyList<MissingSecret> Missing, SecretMask Mask);

/// <param name="Because">A sentence for people: what is missing and where it was looked for.</param>
public sealed record MissingSecret(string Input, string Because);
