using Runbooks.Definition;

namespace Runbooks.Running;

/// <summary>Reads secrets by their references, at each start and resume; their values are never stored.</summary>
public static class Secrets
{
    /// <returns>Values by input, or the sentence that says what is missing.</returns>
    public static (IReadOnlyDictionary<string, string> Values, string? Missing) Read(RunbookDefinition definition)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var input in definition.Inputs)
        {
            if (input.Ref is not { } reference)
                continue;
            if (Read(reference) is not { } value)
                return (values, $"The secret '{input.Name}' is not there: {reference}.");
            values[input.Name] = value;
        }

        return (values, null);
    }

    private static string? Read(string reference)
    {
        if (reference.StartsWith("env:", StringComparison.Ordinal))
            return Environment.GetEnvironmentVariable(reference[4..]);
        try
        {
            return File.ReadAllText(reference["file:".Length..]).TrimEnd('\n', '\r');
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
