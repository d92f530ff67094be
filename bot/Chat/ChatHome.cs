using Bot.Access;
using Bot.Commands;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Runs;
using Bot.Storage;
using Integrations;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>What somebody sees of the bot outside of any room: who calls them, their incidents and tasks, what waits for a decision.</summary>
internal sealed class ChatHome(
    Visibility visibility,
    RunTable runs,
    Definitions definitions,
    OpenCalls calls,
    IChatDirectory directory,
    IConfiguration configuration,
    TimeProvider time
)
{
    private const int Most = 10;
    private const int MostOpen = 1000;
    private const int MostLive = 100;
    private const int MostSuggested = 100;

    public async Task<IReadOnlyList<Card>> OfAsync(string platform, Caller caller, CancellationToken cancel)
    {
        var cards = new List<Card>();
        foreach (var call in await calls.ForAsync(caller, cancel))
        {
            cards.Add(
                new Card($"YOU ARE CALLED: {call.Incident.Id} {call.Incident.Title}", $"call {call.Made} of {call.Limit} to {call.Target}")
                {
                    Room = directory.RoomOf(platform, call.Incident.Id),
                    Buttons = [new CardButton("Acknowledge", $"/incident ack {call.Incident.Id}", ButtonStyle.Primary)],
                }
            );
        }

        var (open, more) = await visibility.ListAsync(caller, new IncidentQuery(Open: true, Limit: MostOpen), cancel);
        var mine = open.Where(incident => incident.Roles.ContainsValue(caller.Actor.Name)).ToList();
        cards.Add(
            new Card(
                "Incidents",
                open.Count == 0
                    ? "No incident is open."
                    : $"{open.Count}{(more ? " and more" : "")} open, {mine.Count} with a role of yours."
            )
            {
                Buttons =
                [
                    new CardButton("Declare an incident", "/incident declare", ButtonStyle.Primary),
                    new CardButton("Help", "/incident help"),
                ],
            }
        );
        // What waits for somebody comes before what there is to see: a platform may show only so much.
        cards.AddRange(await WaitsAsync(caller, cancel));
        cards.Add(Tasks(open, caller.Actor.Name));
        var now = time.GetUtcNow();
        cards.AddRange(
            mine.Concat(open.Except(mine))
                .Take(Most)
                .Select(incident => IncidentCard.Of(incident, now, directory.RoomOf(platform, incident.Id)))
        );
        cards.Add(await RecentAsync(caller, cancel));
        return cards;
    }

    /// <summary>Open incidents that somebody may mean by what they typed.</summary>
    public async Task<IReadOnlyList<ChatSuggestion>> SuggestAsync(Caller caller, string typed, CancellationToken cancel)
    {
        var open = (await visibility.ListAsync(caller, new IncidentQuery(Open: true, Limit: MostSuggested), cancel)).Items;
        return
        [
            .. open.Select(incident => new ChatSuggestion(incident.Id, $"{incident.Id} {incident.Title}"))
                .Where(one => one.Label.Contains(typed.Trim(), StringComparison.OrdinalIgnoreCase)),
        ];
    }

    private static Card Tasks(IReadOnlyList<Incident> open, string name)
    {
        var mine = open.SelectMany(incident =>
                incident.Tasks.Where(task => !task.Done && task.Assignee == name).Select(task => (Incident: incident.Id, Task: task))
            )
            .Take(Most)
            .ToList();
        return new Card(
            "Your tasks",
            mine.Count == 0 ? "none" : string.Join('\n', mine.Select(one => $"{one.Incident} · {one.Task.Number}. {one.Task.Text}"))
        )
        {
            Buttons =
            [
                .. mine.Select(one => new CardButton(
                    $"{one.Incident} · {one.Task.Number} is done",
                    $"/incident task {one.Incident} done {one.Task.Number}"
                )),
            ],
        };
    }

    // Of runs without an incident, too.
    private async Task<IReadOnlyList<Card>> WaitsAsync(Caller caller, CancellationToken cancel)
    {
        var cards = new List<Card>();
        // A run that waits for one person may be busy with something else.
        var (live, _) = await visibility.PageAsync<RunRow>(
            caller,
            MostLive,
            last => runs.ListAsync(new RunQuery(Over: false, Before: last?.Id, Limit: MostLive), cancel),
            run => run.Incident,
            cancel
        );
        foreach (var row in live)
        {
            if (await runs.FindAsync(row.Id, cancel) is not { } run || run.WaitingFor.ToList() is not [_, ..] waits)
                continue;
            var books = await definitions.FindAsync(run, cancel);
            cards.AddRange(
                waits
                    .Select(wait => WaitCards.Of(run, wait.Step, wait.Wait, definitions.Whole.Asked(books, run, wait.Step), AddressOf(run)))
                    .OfType<Card>()
            );
        }

        return cards.Count <= Most
            ? cards
            : [.. cards.Take(Most), new Card($"{cards.Count - Most} more wait for a decision", "They are in the web console.")];
    }

    private string AddressOf(RunState run) => $"{configuration["Web:PublicUrl"]?.TrimEnd('/')}/runs/{run.Id}";

    private async Task<Card> RecentAsync(Caller caller, CancellationToken cancel)
    {
        var recent = new List<RunRow>();
        foreach (var run in await runs.ListAsync(new RunQuery(Limit: Most), cancel))
        {
            if (await visibility.MaySeeAsync(caller, run.Incident, cancel))
                recent.Add(run);
        }

        return new Card(
            "Recent runs",
            recent.Count == 0
                ? "none"
                : string.Join(
                    '\n',
                    recent.Select(run => $"{run.Runbook} · {run.Phase.ToString().ToLowerInvariant()} · by {run.StartedBy} · {run.Id}")
                )
        );
    }
}
