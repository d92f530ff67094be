using System.ComponentModel;
using System.Text.Json;
using Bot.Desk;
using Bot.Incidents;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record TaskArguments(
    [Description("What has to be done.")] string Text,
    [Description("By whom: a user's name; by default nobody in particular.")] string? Assignee = null
);

/// <summary><c>incident/task@1</c>: something that people have to do.</summary>
internal sealed class TaskAction(IServiceProvider services) : IStepAction
{
    public string Name => "incident/task@1";

    public string Summary => "Adds a task to the incident.";

    public Type Arguments => typeof(TaskArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostedResult),
            [new(FailureClass.Refused, "Nobody is called as `assignee` says, or the incident is private and the run is not part of it.")],
            """
            uses: incident/task@1
            with: { text: "Ask the vendor why the disk filled up.", assignee: anna }
            """
        );

    public bool ShowsArguments => true;

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"task: {with.GetProperty("text")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var (text, typed) = call.With.Deserialize<TaskArguments>(ActionJson.Options)!;
        var assignee = typed?.TrimStart('@');
        return IncidentCall.RunAsync(
            services.GetRequiredService<IDesk>(),
            call,
            new IncidentCommand.AddTask(text, assignee),
            text + (assignee is null ? "" : $" (for {assignee})"),
            cancel,
            book => assignee is null ? null : IncidentCall.NoSuchUser(book, "assignee", assignee)
        );
    }
}
