using Tests.Servers;

namespace Tests.Slack;

/// <summary>By Socket Mode each event comes to one node, which may be another one than the one that leads the channels.</summary>
public sealed class OtherNodeStories : PassingTimeStory
{
    private readonly string database = PostgresServer.Shared.NewDatabase();

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Storage:ConnectionString"] = database };

    [Fact]
    public async Task What_another_node_lost_is_read_back_within_some_minutes()
    {
        var channel = await MailStuckAsync();
        Slack.Delivery.Subscribed.Clear();
        Bruno.Writes("does anybody hear me?", channel.Channel.Name);
        Time.Advance(TimeSpan.FromMinutes(10));
        await Tells("does anybody hear me?");
    }
}
