using Bot.Commands;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>Reads what is true of a room now.</summary>
internal sealed class RoomSights(
    IncidentTable incidents,
    RoomTable rooms,
    PostTable posts,
    InviteTable invites,
    AlertTable alerts,
    RunTable runs,
    IRunOutput output,
    Definitions definitions,
    IRunbookShelf shelf,
    ILogReader log,
    FactCatalog catalog,
    TimeProvider time
)
{
    // One look at a long story after an outage: more than one post tells. The next look goes on from there.
    private const int MostFacts = 100;

    // Whether it has a room already is on the log from the first moment.
    private const int FirstFacts = 10;

    private const int NewestRuns = 3;

    // The rest is on the run's page.
    private const int ShownLines = 10;
    private const int MostOfLine = 160;

    /// <returns>Null: there is no such incident.</returns>
    public async Task<RoomSight?> ReadAsync(string platform, int number, CancellationToken cancel)
    {
        if (await incidents.FindAsync(number, cancel) is not { } incident)
            return null;
        var room =
            await rooms.FindAsync(platform, number, cancel) ?? new RoomRow(platform, number, null, 0, null, null, incident.DeclaredAt);
        var known = (await posts.OfRoomAsync(platform, number, cancel)).ToDictionary(post => post.Slot, StringComparer.Ordinal);
        var untold = (await log.OfIncidentAsync(number, room.Told, room.Room is null ? FirstFacts : MostFacts, cancel))
            .Select(logged => (logged, catalog.TryRead(logged.Type, logged.Data, out var fact) ? fact : null))
            .ToList();
        var shown = new List<RunState>();
        // One that was over before the room was looked at has its card too.
        var ids = incident.OpenRuns.Union(known.Keys.Select(RunOf).OfType<string>()).Union(incident.Runs.TakeLast(NewestRuns));
        foreach (var id in ids.Order(StringComparer.Ordinal))
        {
            if (await runs.FindAsync(id, cancel) is { } run)
                shown.Add(run);
        }

        var outputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var run in shown.Where(run => run.IsOver))
        {
            if (await output.LastAsync(run.Id, ShownLines, cancel) is { Count: > 0 } lines)
                outputs[run.Id] = string.Join('\n', lines.Select(line => $"{line.Step} │ {Short(line.Text)}"));
        }

        var books = new Dictionary<string, RunbookSet>(StringComparer.Ordinal);
        foreach (
            var run in shown.Where(run =>
                run.Phase is RunPhase.Failed || (!run.IsOver && run.Steps.Values.Any(step => step.Retry is not null))
            )
        )
        {
            if (await definitions.FindAsync(run, cancel) is { } set)
                books[run.Id] = set;
        }

        var asked = new Dictionary<(string, string), IReadOnlyList<WholeCall>>();
        foreach (var run in shown.Where(run => !run.IsOver))
        {
            foreach (var (step, _) in run.WaitingFor)
                asked[(run.Id, step)] = definitions.Whole.Asked(await definitions.FindAsync(run, cancel), run, step);
        }

        var invited = room.Room is null ? null : await invites.OfRoomAsync(platform, number, room.Room, cancel);
        return new RoomSight(incident, room, known, untold, shown, time.GetUtcNow())
        {
            Invited = invited ?? new HashSet<Invite>(),
            Alerts = incident.Alerts == 0 ? [] : await alerts.OfIncidentAsync(number, AlertsCard.Most, cancel),
            Outputs = outputs,
            Asked = asked,
            Books = books,
            Offered = incident
                .Proposed.Select(one => shelf.Find(one.Runbook))
                .OfType<RunbookDefinition>()
                .DistinctBy(one => one.Name)
                .ToDictionary(one => one.Name, one => RunbookGlance.Of(one, definitions.Actions), StringComparer.Ordinal),
        };
    }

    private static string Short(string text) => text.Length > MostOfLine ? text[..(MostOfLine - 1)] + "…" : text;

    private static string? RunOf(string slot) => Aside.WhatOf(slot).Split('/') is ["wait" or "run", var run, ..] ? run : null;
}
