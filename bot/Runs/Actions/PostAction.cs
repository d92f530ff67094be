using System.ComponentModel;
using System.Text.Json;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record PostArguments(
    [Description("What people read.")] string Text,
    [IncidentChannel] [Description("Another incident's channel, as inc-42; by default that of the run's own.")] string? Channel = null
);

/// <summary><c>chat/post@1</c>: a message in the incident's channel, or in another incident's.</summary>
internal sealed class PostAction(IServiceProvider services) : IStepAction
{
    public string Name => "chat/post@1";

    public string Summary => "Posts a message in the incident's channel.";

    public Type Arguments => typeof(PostArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostedResult),
            [
                new(FailureClass.NotSent, "`channel` is no channel."),
                new(FailureClass.Refused, "The incident is unknown, or private and the run is not part of it."),
            ],
            """
            uses: chat/post@1
            with: { text: "Failing over now." }
            """
        );

    public bool ShowsArguments => true;

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        $"post{(with.TryGetProperty("channel", out var channel) && channel.ValueKind is JsonValueKind.String ? $" in {channel}" : "")}: {with.GetProperty("text")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var post = call.With.Deserialize<PostArguments>(ActionJson.Options)!;
        var number = post.Channel is null ? call.Incident : StreamId.IncidentNumber(post.Channel);
        return IncidentCall.RunAsync(
            services.GetRequiredService<IDesk>(),
            call with
            {
                Incident = number,
            },
            new IncidentCommand.PostMessage(post.Text),
            post.Text,
            cancel
        );
    }
}
