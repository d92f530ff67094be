namespace Tests.Crash;

/// <summary>One cell of the matrix: where it died, and what the log and the target say afterwards.</summary>
internal sealed class PlayedRun(string point, int? second)
{
    public string Point => second is null ? point : $"{point}, again {second} points later";

    public string? Run { get; set; }

    public int Deaths { get; set; }

    /// <summary>Nodes that are down at the moment.</summary>
    public int Dead { get; set; }

    /// <summary>As it was last seen, for whoever reads why it did not end.</summary>
    public string Last { get; set; } = "";
}
