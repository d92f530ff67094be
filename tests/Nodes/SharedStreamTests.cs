using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bot.Storage;
using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>Two real processes that write to one and the same stream: an incident's, and that of who may come in.</summary>
public sealed partial class SharedStreamTests : IDisposable
{
    private const int Writers = 64;
    private const int Each = 5;

    private readonly string database = PostgresServer.Shared.NewDatabase();
    private readonly BotProcess one;
    private readonly BotProcess two;

    public SharedStreamTests()
    {
        one = new BotProcess(database, "one");
        two = new BotProcess(database, "two");
    }

    public void Dispose()
    {
        one.Dispose();
        two.Dispose();
    }

    [Fact]
    public async Task Sixty_four_writers_at_two_nodes_lose_no_fact_of_one_incident_though_a_node_is_killed()
    {
        await Task.WhenAll(one.StartAsync(), two.StartAsync());
        await one.PostAsync("/api/v1/incidents", new { title = "Shared" });
        var written = 0;

        var writing = Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(async writer =>
                {
                    for (var i = 0; i < Each; i++)
                    {
                        await NoteAsync($"note {writer}-{i}", (writer + i) % 2 == 0 ? one : two);
                        Interlocked.Increment(ref written);
                    }
                })
        );
        await Until.Holds(() => Task.FromResult(Volatile.Read(ref written) > Writers), "a part of the notes");
        two.Kill();
        await writing;

        await using var store = new Bot.Storage.Postgres.PostgresStore(database);
        await WholeLog.ReadAsync(new EventTable(store));
        var stream = await new EventTable(store).OfStreamAsync(global::Bot.Log.StreamId.Incident(1), default);
        var notes = stream
            .Where(logged => logged.Type is "incident.note-added")
            .Select(logged => JsonElement.Parse(logged.Data).GetProperty("text").GetString()!)
            .Order(StringComparer.Ordinal);
        var wanted = from writer in Enumerable.Range(0, Writers) from i in Enumerable.Range(0, Each) select $"note {writer}-{i}";
        notes.ShouldBe(wanted.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task First_links_of_nodes_that_start_together_both_lead_in_at_either_node_until_one_is_used()
    {
        await Task.WhenAll(one.StartAsync(), two.StartAsync());
        var (first, second) = (await LinkAsync(one), await LinkAsync(two));
        first.ShouldNotBe(second);

        // Printed by one, used at the other.
        await SignInAsync(two, first);

        foreach (var node in new[] { one, two })
            await Until.Holds(
                async () =>
                    (await node.Http.GetStringAsync(new Uri(second, UriKind.Relative))).Contains("used already", StringComparison.Ordinal),
                "the end of the other link at each node"
            );
        two.Kill();
        await two.StartAsync();
        LinkOf().Count(two.Written).ShouldBe(1, "nobody needs a first link any more");
    }

    // As a sender does: the same key again, at whichever node answers, until it is answered.
    private async Task NoteAsync(string text, BotProcess first)
    {
        for (var node = first; ; node = node == one ? two : one)
        {
            try
            {
                await node.PostAsync("/api/v1/commands", new { text = "/incident note " + text, channel = "inc-1" }, text);
                return;
            }
            catch (Exception e)
                when (e is HttpRequestException { StatusCode: null or HttpStatusCode.ServiceUnavailable } or TaskCanceledException)
            {
                // The node is dead, or died with the answer: the other one knows the key.
            }
        }
    }

    private static async Task<string> LinkAsync(BotProcess node) =>
        await Until.Comes(
            () => Task.FromResult(LinkOf().Match(node.Written) is { Success: true } link ? link.Value : null),
            "a first link"
        );

    private static async Task SignInAsync(BotProcess node, string path)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        using var client = new HttpClient(handler) { BaseAddress = node.Address };
        using var answer = await BotUnderTest.PostFormAsync(client, path, path, []);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [GeneratedRegex("/sign-in/[A-Za-z0-9_-]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LinkOf();
}
