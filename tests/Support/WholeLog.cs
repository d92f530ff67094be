using System.Text;
using Bot.Log;
using Bot.Storage;

namespace Tests.Support;

internal static class WholeLog
{
    /// <summary>Reads the log from its beginning and checks what always holds: positions without a gap, versions without a gap, chains whole.</summary>
    /// <returns>All positions.</returns>
    public static async Task<IReadOnlyList<long>> ReadAsync(ILogReader log)
    {
        var heads = new Dictionary<StreamId, (long Version, byte[] Hash)>();
        var positions = new List<long>();
        while (await log.AfterAsync(positions.Count, 1000, default) is { Count: > 0 } events)
        {
            foreach (var logged in events)
            {
                var (version, hash) = heads.GetValueOrDefault(logged.Stream, (0, HashChain.Start));
                positions.Add(logged.Position);
                logged.Position.ShouldBe(positions.Count);
                logged.Version.ShouldBe(version + 1);
                var expected = HashChain.Next(
                    hash,
                    logged.Stream.Value,
                    logged.Version,
                    logged.Type,
                    Micros.From(logged.HappenedAt),
                    Micros.From(logged.RecordedAt),
                    logged.Actor.ToString(),
                    Encoding.UTF8.GetBytes(logged.Data)
                );
                logged.Hash.ShouldBe(expected);
                heads[logged.Stream] = (logged.Version, logged.Hash);
            }
        }

        return positions;
    }
}
