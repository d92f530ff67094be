using Runbooks.Running;

namespace Bot.Storage;

/// <summary>How a run's phase is written in its row.</summary>
internal static class RunRows
{
    public static string Word(RunPhase phase) => phase.ToString().ToLowerInvariant();

    public static RunPhase Phase(string word) => Enum.Parse<RunPhase>(word, ignoreCase: true);
}
