using Microsoft.Extensions.Time.Testing;
using Tests.Servers;

namespace Tests.Slack;

/// <summary>By Socket Mode each event comes to one node, which may be another one than the one that leads the channels.</summary>
public sealed class OtherNodeStories : SlackStory
{
    private readonly string database = PostgresServer.Shared.NewDatabase();
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private readonly CancellationTokenSource over = new();
    private Task passing = Task.CompletedTask;

    private protected override TimeProvider Clock => time;

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Storage:ConnectionString"] = database };

    private protected override void Furnish() => passing = PassAsync(time, over.Token);

    public override async Task DisposeAsync()
    {
        await over.CancelAsync();
        await passing;
        over.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task What_another_node_lost_is_read_back_within_some_minutes()
    {
        var channel = await MailStuckAsync();
        Slack.Delivery.Subscribed.Clear();
        Bruno.Writes("does anybody hear me?", channel.Channel.Name);
        time.Advance(TimeSpan.FromMinutes(10));
        await Tells("does anybody hear me?");
    }
}
