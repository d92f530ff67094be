using System.Text.Json;
using Bot.Log;
using Runbooks.Running;

namespace Bot.Storage;

/// <summary>How a run's phase is written in its row.</summary>
internal static class RunRows
{
    public static string Word(RunPhase phase) => phase.ToString().ToLowerInvariant();

    /// <returns>Null for a run without locks.</returns>
    public static string? Locks(RunState run) =>
        run.Locks.IsEmpty || run.IsOver
            ? null
            : JsonSerializer.Serialize(
                run.Locks.Where(scope => scope.Value.Refused is null)
                    .Select(scope => new LockClaim(run.Id, scope.Key, scope.Value.Names, scope.Value.Position)),
                FactJson.Options
            );

    public static IEnumerable<LockClaim> Claims(string locks) => JsonSerializer.Deserialize<List<LockClaim>>(locks, FactJson.Options)!;

    /// <summary>How an alert is named in a run's row.</summary>
    public static string Alert(string source, string fingerprint) => $"{source}/{fingerprint}";

    /// <returns>Null for a run that is for no alert.</returns>
    public static string? Alert(RunState run) =>
        Text(run, "source") is { } source && Text(run, "fingerprint") is { } fingerprint ? Alert(source, fingerprint) : null;

    /// <returns>Microseconds since 1970.</returns>
    public static long? AlertAt(RunState run) =>
        run.Alert is { } alert && alert.TryGetProperty("startsAt", out var at) && at.TryGetDateTimeOffset(out var time)
            ? Micros.From(time)
            : null;

    private static string? Text(RunState run, string name) =>
        run.Alert is { } alert && alert.TryGetProperty(name, out var value) ? value.GetString() : null;

    public static RunPhase Phase(string word) => Enum.Parse<RunPhase>(word, ignoreCase: true);
}
