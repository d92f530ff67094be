using System.Text.Json.Nodes;
using Tests.FakeSlack;

namespace Tests.Slack;

/// <summary>What other apps write: their text is empty, and all stands in attachments or blocks.</summary>
public sealed class OtherAppStories : SlackStory
{
    private static JsonArray Firing(string what) =>
        [
            new JsonObject
            {
                ["fallback"] = "[FIRING] fallback",
                ["title"] = "[FIRING] " + what,
                ["text"] = "5 &lt; 7 <https://graphs.example.com/d/7|graph>",
                ["fields"] = new JsonArray(
                    new JsonObject
                    {
                        ["title"] = "pod",
                        ["value"] = "api-1",
                        ["short"] = true,
                    }
                ),
            },
        ];

    [Fact]
    public async Task Its_words_and_its_name_come_onto_the_timeline_by_a_reaction_and_by_the_shortcut()
    {
        var name = (await MailStuckAsync()).Channel.Name;
        Anna.Reacts("pushpin", Slack.AppWrites("Grafana", name, Firing("HighErrors")), name);
        await Tells("For the timeline: “[FIRING] HighErrors\n5 < 7 https://graphs.example.com/d/7\npod: api-1” (Grafana)");

        JsonArray blocks =
        [
            new JsonObject
            {
                ["type"] = "header",
                ["text"] = new JsonObject { ["type"] = "plain_text", ["text"] = "DB is down" },
            },
            new JsonObject
            {
                ["type"] = "rich_text",
                ["elements"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "rich_text_section",
                        ["elements"] = new JsonArray(
                            new JsonObject { ["type"] = "text", ["text"] = "a < b, ask " },
                            new JsonObject { ["type"] = "user", ["user_id"] = Bruno.User.Id }
                        ),
                    }
                ),
            },
            new JsonObject { ["type"] = "divider" },
        ];
        await Anna.UsesShortcut("add_to_timeline", Slack.AppWrites("Sentry", name, blocks: blocks), name);
        await Tells("For the timeline: “DB is down\na < b, ask @bruno” (Sentry)");
    }

    [Fact]
    public async Task Only_a_fallback_is_better_than_nothing_and_its_link_will_do()
    {
        await MailStuckAsync();
        var message = Slack.AppWrites("Pager", "general", [new JsonObject { ["fallback"] = "disk full on db-1" }]);
        var link = ChatMethods.Link(Slack.Channel("general").Channel, message);
        (await Anna.Types($"/incident mark <{link}> inc-1")).ShouldBe("Added to the timeline of inc-1.");
        await Tells("For the timeline: “disk full on db-1” (Pager)");
    }

    [Fact]
    public async Task An_incident_is_declared_from_an_alert_and_is_called_as_it()
    {
        await Anna.UsesShortcut("declare_from_message", Slack.AppWrites("Grafana", "general", Firing("HighErrors")), "general");
        (await (await Anna.SeesModal("Declare an incident")).Submits()).ShouldBeEmpty();
        (await Slack.ExpectsChannel("inc-1")).Channel.Name.ShouldBe("inc-1-firing-higherrors");
        await Tells("For the timeline: “[FIRING] HighErrors\n5 < 7 https://graphs.example.com/d/7\npod: api-1” (Grafana)");
    }

    [Fact]
    public async Task What_becomes_of_a_message_on_the_timeline_is_told_wherever_it_stands()
    {
        await MailStuckAsync();
        var message = Bruno.Writes("the db looks slow", "general");
        var alert = Slack.AppWrites("Grafana", "general", Firing("HighErrors"));
        var other = Bruno.Writes("lunch?", "general");
        foreach (var one in new[] { message, alert })
            await Anna.Types($"/incident mark <{ChatMethods.Link(Slack.Channel("general").Channel, one)}> inc-1");

        Bruno.Edits(other, "lunch at noon?", "general");
        Bruno.Edits(message, "the db looks fine, my mistake", "general");
        await Tells("Edited to: the db looks fine, my mistake");
        Bruno.Deletes(message, "general");
        await Tells("Deleted a message");
        alert.Attachments = [new JsonObject { ["fallback"] = "[OK] HighErrors" }];
        Bruno.Edits(alert, "", "general");
        await Tells("Edited to: [OK] HighErrors");
        Bruno.Deletes(other, "general");
        await Support.Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of what is under way");
        (await TimelineAsync()).ShouldNotContain(line => line.Contains("lunch", StringComparison.Ordinal));
        (await TimelineAsync()).Count(line => line is "Deleted a message").ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_and_whatever_a_message_names_is_read_by_name()
    {
        var name = (await MailStuckAsync()).Channel.Name;
        var nina = Slack.AddPerson("nina");
        var group = Slack.AddGroup("dba", Bruno);
        var general = Slack.Channel("general").Channel.Id;
        var secret = Slack.AddChannel("takeover", isPrivate: true, members: Anna).Channel.Id;
        Anna.Writes(
            $"ask <@{nina.User.Id}> in <#{general}|> and <#{secret}>, <!subteam^{group.Id}>, since <!date^1392734382^{{date}}|Feb 18> or <!date^1392734382^{{time}}> <!here>",
            name
        );
        await Tells("ask @nina in #general and a private channel, group:dba, since Feb 18 or 2014-02-18 14:39 UTC @here");
    }
}
