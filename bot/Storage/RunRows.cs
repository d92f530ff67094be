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

    public static RunPhase Phase(string word) => Enum.Parse<RunPhase>(word, ignoreCase: true);
}
