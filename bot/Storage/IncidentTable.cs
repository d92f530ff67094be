using System.Text.Json;
using Bot.Incidents;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>Which incidents to list; newest first.</summary>
/// <param name="Before">Only numbers below this one: the cursor.</param>
internal sealed record IncidentQuery(bool? Open = null, IncidentState? State = null, int? Before = null, int Limit = 100);

/// <summary>The view of incidents; written by the desk with the facts it follows from.</summary>
internal sealed class IncidentTable(IStore store)
{
    public async Task<Incident?> FindAsync(int number, CancellationToken cancel)
    {
        var data = await store.ReadAsync(
            connection => connection.QuerySingleOrDefaultAsync<string>("select data from incidents where number = @number", new { number }),
            cancel
        );
        return data is null ? null : Read(data);
    }

    public async Task<IReadOnlyList<Incident>> ListAsync(IncidentQuery query, CancellationToken cancel)
    {
        var conditions = new List<string> { "number < @before" };
        // Written out, not as a parameter: the planner then sees that the partial index of open incidents fits.
        if (query.Open is { } open)
            conditions.Add(open ? "is_open" : "not is_open");
        if (query.State is not null)
            conditions.Add("state = @state");
        var rows = await store.ReadAsync(
            connection =>
                connection.QueryAsync<string>(
                    $"select data from incidents where {string.Join(" and ", conditions)} order by number desc limit @limit",
                    new
                    {
                        before = query.Before ?? int.MaxValue,
                        state = query.State?.Word(),
                        limit = query.Limit,
                    }
                ),
            cancel
        );
        return [.. rows.Select(Read)];
    }

    private static Incident Read(string data) => JsonSerializer.Deserialize<Incident>(data, FactJson.Options)!;
}
