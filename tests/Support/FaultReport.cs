namespace Tests.Support;

/// <summary>What the fault suites have to show: files that <c>./test.sh --faults</c> prints at its end.</summary>
internal static class FaultReport
{
    public static bool Full { get; } = Environment.GetEnvironmentVariable("INCIDENT_FAULTS") is "full";

    /// <summary>The sample of this run.</summary>
    public static int Seed { get; } =
        Environment.GetEnvironmentVariable("INCIDENT_SEED") is { Length: > 0 } given ? int.Parse(given) : 20261124;

    /// <param name="text">Its first line says it all in short.</param>
    public static void Write(string name, string text)
    {
        // artifacts/bin/Tests/debug → artifacts/faults
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../faults"));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, name + ".txt"), text.TrimEnd() + "\n");
    }
}
