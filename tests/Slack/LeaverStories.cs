using Tests.FakeSlack;
using Tests.Servers;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Whoever leaves an incident's channel stays out of it, until they become one of its people anew.</summary>
public sealed class LeaverStories : SlackStory
{
    private readonly string database = PostgresServer.Shared.NewDatabase();

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Storage:ConnectionString"] = database, ["Chat:Room:InviteGroups:0"] = "oncall" };

    [Fact]
    public async Task They_are_not_invited_again_for_what_they_were_invited_for_before()
    {
        var channel = await MailStuckAsync();
        var name = channel.Channel.Name;
        // By the group, of which Slack has to be asked.
        await ComesAsync(channel, Bruno);
        await Anna.Types("/incident role deputy @bruno", "inc-1");
        await DressedAsync(channel);
        Bruno.Leaves(name);
        Anna.Leaves(name);
        await DressedAsync(channel);

        await RestartBotAsync();
        await DressedAsync(channel);
        channel.Channel.Members.ShouldNotContain(Bruno.User.Id);
        channel.Channel.Members.ShouldNotContain(Anna.User.Id);

        await Olga.Types("/incident role inc-1 scribe @bruno");
        await ComesAsync(channel, Bruno);
        channel.Channel.Members.ShouldNotContain(Anna.User.Id);
    }

    [Fact]
    public async Task A_role_that_was_given_back_is_a_new_one_when_it_is_given_again()
    {
        var channel = await MailStuckAsync();
        await Anna.Types("/incident lead inc-1 @olga");
        await ComesAsync(channel, Olga);
        await Olga.Types("/incident role inc-1 commander release");
        await TopicAsync(channel, "no commander");
        Olga.Leaves(channel.Channel.Name);
        await DressedAsync(channel);
        channel.Channel.Members.ShouldNotContain(Olga.User.Id);
        await Anna.Types("/incident lead inc-1 @olga");
        await ComesAsync(channel, Olga);
    }

    private Task ComesAsync(Place channel, Person person) =>
        Until.Holds(
            () =>
            {
                lock (Slack.Workspace.Gate)
                    return Task.FromResult(channel.Channel.Members.Contains(person.User.Id));
            },
            $"{person.User.Name} in the channel"
        );

    // By the time of a second topic all that follows the first one was done.
    private async Task DressedAsync(Place channel)
    {
        foreach (var severity in new[] { 1, 2, 3 })
        {
            await Anna.Types($"/incident severity inc-1 {severity}");
            await TopicAsync(channel, $"sev{severity}");
        }
    }

    private static Task TopicAsync(Place channel, string part) =>
        Until.Holds(
            () => Task.FromResult(channel.Channel.Topic.Contains(part, StringComparison.Ordinal)),
            $"a topic with {part}",
            () => Task.FromResult(channel.Channel.Topic)
        );
}
