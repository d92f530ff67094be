using System.Text.Json;

namespace Runbooks.Actions;

/// <summary>
/// The environment of a command as it is shown beside it: whoever approves <c>restart "$SERVICE"</c> approves a value, not a name.
/// Secrets stand in it as their references.
/// </summary>
public static class ShownVariables
{
    private const int LongestValue = 100;
    private const int Most = 20;

    /// <param name="with">Of an action or a script, with its <c>env</c>.</param>
    /// <returns><c> with SERVICE=shop</c>; empty without any.</returns>
    public static string Of(JsonElement with)
    {
        if (
            with.ValueKind is not JsonValueKind.Object
            || !with.TryGetProperty("env", out var env)
            || env.ValueKind is not JsonValueKind.Object
        )
            return "";
        var all = env.EnumerateObject().Select(variable => $"{variable.Name}={Value(variable.Value)}").ToList();
        return all.Count == 0 ? "" : $" with {string.Join(", ", all.Take(Most))}{(all.Count > Most ? ", …" : "")}";
    }

    private static string Value(JsonElement value)
    {
        var text = value.ToString().ReplaceLineEndings("; ");
        return text.Length > LongestValue ? text[..LongestValue] + "…" : text;
    }
}
