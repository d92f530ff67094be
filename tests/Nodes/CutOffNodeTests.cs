using Npgsql;
using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>
/// A node is as healthy as before, but for its way to the database: another one takes over what it drives, and what it has under way is
/// over by then.
/// </summary>
public sealed class CutOffNodeTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-cut-off-");
    private readonly string database = PostgresServer.Shared.NewDatabase();
    private readonly FreezingProxy way = new(PostgresServer.Shared.Port);
    private Bell bell = null!;
    private BotProcess one = null!;
    private BotProcess two = null!;

    public async Task InitializeAsync()
    {
        bell = await Bell.StartAsync();
        await File.WriteAllTextAsync(
            folder.FullName + "/ring.yaml",
            $$"""
            runbook: ring
            steps:
              - { id: ring, uses: http/request@1, with: { url: "{{bell.Address}}/ring" }, timeout: 10m }
            """
        );
        one = Node("one", new NpgsqlConnectionStringBuilder(database) { Port = way.Port }.ToString());
        two = Node("two", database);
        await one.StartAsync();
        await two.StartAsync();
    }

    public async Task DisposeAsync()
    {
        one.Dispose();
        two.Dispose();
        await way.DisposeAsync();
        await bell.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_it_has_under_way_is_over_before_another_node_begins()
    {
        var run = (await one.PostAsync("/api/v1/runs", new { runbook = "ring" })).GetProperty("id").GetString();
        var first = await bell.NextAsync();

        way.Freeze();

        var second = await bell.NextAsync();
        first.IsCut.ShouldBeTrue();
        one.IsAlive.ShouldBeTrue();
        second.Answer(200);
        await Until.Holds(
            async () => (await two.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString() is "succeeded",
            "the end of the run",
            async () => (await two.GetAsync("/api/v1/runs/" + run)).ToString()
        );
        one.Written.ShouldContain("Node one lost its lease and stops what it drives");
    }

    private BotProcess Node(string name, string connection) =>
        new(
            connection,
            name,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Node__Lease"] = "00:00:03",
                ["Runbooks__Paths__0"] = folder.FullName,
            }
        );
}
