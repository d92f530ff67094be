using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>Two real processes, <c>one</c> and <c>two</c>, on one new PostgreSQL database and a folder of runbooks; a lost one is taken over after 3 s.</summary>
internal sealed class NodePair : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-nodes-");

    private NodePair(string runbook, IReadOnlyDictionary<string, string> more)
    {
        File.WriteAllText(Path.Combine(folder.FullName, "runbook.yaml"), runbook);
        One = Node("one", more);
        Two = Node("two", more);
    }

    public string Database { get; } = PostgresServer.Shared.NewDatabase();

    public BotProcess One { get; }

    public BotProcess Two { get; }

    /// <param name="more">Settings beside the lease and the runbook.</param>
    public static async Task<NodePair> StartAsync(string runbook, IReadOnlyDictionary<string, string>? more = null)
    {
        var pair = new NodePair(runbook, more ?? new Dictionary<string, string>());
        await pair.One.StartAsync();
        await pair.Two.StartAsync();
        return pair;
    }

    public void Dispose()
    {
        One.Dispose();
        Two.Dispose();
        folder.Delete(recursive: true);
    }

    private BotProcess Node(string name, IReadOnlyDictionary<string, string> more) =>
        new(
            $"{Database};Application Name={name}",
            name,
            new Dictionary<string, string>(more) { ["Node__Lease"] = "00:00:03", ["Runbooks__Paths__0"] = folder.FullName }
        );
}
