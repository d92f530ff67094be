using System.Globalization;
using System.Text.Json;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>What runs see of this node and of the alerts.</summary>
internal sealed class RunSurroundings(NodeLease node, AlertTable alerts, IStore store) : IRunSurroundings
{
    public bool MayAct => node.IsValid;

    public async Task<string?> AlertStateAsync(JsonElement alert, CancellationToken cancel)
    {
        if (!alert.TryGetProperty("source", out var source) || !alert.TryGetProperty("fingerprint", out var fingerprint))
            return null;
        var row = await alerts.FindAsync(source.GetString()!, fingerprint.GetString()!, cancel);
        return row is null ? null : RunAlert.State(row.Firing);
    }

    /// <inheritdoc/>
    /// <remarks>Proven: the same name (its lease is ours), one process per SQLite file, or a process id of this machine that is gone.</remarks>
    public bool IsGone(string other)
    {
        if (other == node.Name || store.Dialect == Dialect.Sqlite)
            return true;
        var machine = Environment.MachineName + "-";
        return other.StartsWith(machine, StringComparison.Ordinal)
            && int.TryParse(other.AsSpan(machine.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"));
    }
}

/// <summary>An alert as the expressions of a runbook see it.</summary>
internal static class RunAlert
{
    public static JsonElement Of(AlertRow row) =>
        JsonSerializer.SerializeToElement(
            new Dictionary<string, object?>
            {
                ["labels"] = JsonElement.Parse(row.Labels),
                ["annotations"] = JsonElement.Parse(row.Annotations),
                ["fingerprint"] = row.Fingerprint,
                ["source"] = row.Source,
                ["state"] = State(row.Firing),
                ["startsAt"] = row.StartsAt,
            }
        );

    public static string State(bool firing) => firing ? "firing" : "resolved";

    public static IReadOnlyDictionary<string, string> Labels(AlertRow row) =>
        JsonSerializer
            .Deserialize<Dictionary<string, JsonElement>>(row.Labels)!
            .ToDictionary(label => label.Key, label => label.Value.ToString(), StringComparer.Ordinal);
}
