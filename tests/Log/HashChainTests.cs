using Bot.Log;

namespace Tests.Log;

public sealed class HashChainTests
{
    [Fact]
    public void Every_part_of_an_event_changes_its_hash()
    {
        byte[][] hashes =
        [
            Hash(),
            Hash(stream: "inc-2"),
            Hash(version: 2),
            Hash(type: "incident.renamed"),
            Hash(happened: 2),
            Hash(recorded: 2),
            Hash(actor: "user:ben"),
            Hash(data: "{\"a\":2}"),
            Hash(previous: [.. Enumerable.Repeat((byte)1, HashChain.Size)]),
        ];

        hashes.Select(Convert.ToHexString).Distinct().Count().ShouldBe(hashes.Length);
    }

    [Fact]
    public void Text_that_moves_from_one_field_to_the_next_changes_the_hash() =>
        Hash(stream: "ab", type: "c").ShouldNotBe(Hash(stream: "a", type: "bc"));

    private static byte[] Hash(
        byte[]? previous = null,
        string stream = "inc-1",
        long version = 1,
        string type = "incident.declared",
        long happened = 1,
        long recorded = 1,
        string actor = "user:anna",
        string data = "{\"a\":1}"
    ) =>
        HashChain.Next(
            previous ?? HashChain.Start,
            stream,
            version,
            type,
            happened,
            recorded,
            actor,
            System.Text.Encoding.UTF8.GetBytes(data)
        );
}
