using Microsoft.Extensions.Time.Testing;

namespace Tests.Slack;

/// <summary>Stories in which minutes go by in seconds, from before the bot's start to its end.</summary>
public abstract class PassingTimeStory : SlackStory
{
    private readonly CancellationTokenSource over = new();
    private Task passing = Task.CompletedTask;

    private protected FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    private protected override TimeProvider Clock => Time;

    private protected override void Furnish() => passing = PassAsync(Time, over.Token);

    public override async Task DisposeAsync()
    {
        await over.CancelAsync();
        await passing;
        over.Dispose();
        await base.DisposeAsync();
    }
}
