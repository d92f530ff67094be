using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class TaskCommand(IDesk desk, People people, Storage.IncidentTable incidents) : IChatCommand
{
    private const int MostButtons = 15;

    public string Word => "task";
    public IReadOnlyList<string> Aliases => ["tasks"];
    public string Usage => "TEXT [--for @PERSON] | done N | assign N @PERSON | list";
    public string Help => "What has to be done";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public static Form Questions { get; } =
        new(
            "Add a task",
            "/incident task add",
            "Add",
            [
                new FormField("text", "What has to be done?", FormFieldKind.Text) { Positional = true, Required = true },
                new FormField("for", "By whom?", FormFieldKind.Person),
            ]
        );

    public Form? Form => Questions;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (verb, others) = context.Arguments.Split();
        switch (verb.ToLowerInvariant())
        {
            case "list":
                return await ListAsync(context.Incident!.Value, cancel);
            case "done" or "finish" or "assign":
                var split = others.IndexOf(' ', StringComparison.Ordinal);
                var number = split < 0 ? others : others[..split];
                if (!int.TryParse(number, out var task))
                    return Replies.Refused(new Rejection.Invalid("task", number, "Give its number: /incident task done 2").Sentence);
                if (!verb.Equals("assign", StringComparison.OrdinalIgnoreCase))
                    return await desk.ApplyAsync(context, new IncidentCommand.FinishTask(task), cancel);
                return people.TryFind(split < 0 ? "" : others[split..], context.Caller, "person", out var assignee, out var nobody)
                    ? await desk.ApplyAsync(context, new IncidentCommand.AssignTask(task, assignee), cancel)
                    : nobody;
            default:
                var text = verb.Equals("add", StringComparison.OrdinalIgnoreCase) ? others : context.Arguments.Text;
                string? person = null;
                if (
                    context.Arguments.Option("for") is { Length: > 0 } typed
                    && !people.TryFind(typed, context.Caller, "for", out person, out var refusal)
                )
                    return refusal;
                return await desk.ApplyAsync(context, new IncidentCommand.AddTask(text, person), cancel);
        }
    }

    private async Task<ChatReply> ListAsync(int number, CancellationToken cancel)
    {
        if (await incidents.FindAsync(number, cancel) is not { } incident)
            return Replies.Refused(new Rejection.NoSuchIncident($"inc-{number}").Sentence);
        var text = incident.Tasks.IsEmpty
            ? $"{incident.Id} has no tasks."
            : string.Join(
                '\n',
                incident.Tasks.Select(task =>
                    $"{task.Number}. [{(task.Done ? "x" : " ")}] {task.Text}" + (task.Assignee is null ? "" : $" (@{task.Assignee})")
                )
            );
        return new ChatReply(
            true,
            text,
            new Card($"Tasks of {incident.Id}", text)
            {
                Buttons =
                [
                    new CardButton("Add a task", $"/incident task {incident.Id}", ButtonStyle.Primary, Questions),
                    .. incident
                        .Tasks.Where(task => !task.Done)
                        .Take(MostButtons)
                        .Select(task => new CardButton($"{task.Number} is done", $"/incident task {incident.Id} done {task.Number}")),
                ],
            }
        );
    }
}
