using System.Text.Json.Nodes;
using Bot.Access;
using Bot.Cli;
using Tests.Cli;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>What is missing in the app as it is set up: told by the check, and by the running bot as far as it can see.</summary>
public sealed class SetupStories : SlackStory
{
    [Fact]
    public async Task An_app_made_from_the_manifest_lacks_nothing()
    {
        Slack.Workspace.Manifest = await ManifestAsync();

        var check = await CheckAsync(Workspace.ConfigToken);

        check.Exit.ShouldBe(CommandLine.Success, check.ToString());
        check.Output.ShouldContain("All 11 events, 2 commands and 3 shortcuts are there");
        check.Output.ShouldNotContain("MISSING");
        check.Output.ShouldNotContain("UNKNOWN");
    }

    [Fact]
    public async Task Whatever_the_app_lacks_is_named_with_what_it_is_for()
    {
        var manifest = await ManifestAsync();
        var features = manifest["features"]!;
        manifest["settings"]!["event_subscriptions"]!["bot_events"] = new JsonArray("app_home_opened", "message.channels");
        features["slash_commands"] = new JsonArray(features["slash_commands"]![0]!.DeepClone());
        features["slash_commands"]![0]!["should_escape"] = false;
        features["shortcuts"]!.AsArray().RemoveAt(2);
        features["app_home"]!["home_tab_enabled"] = false;
        manifest["settings"]!["interactivity"]!["is_enabled"] = false;
        manifest["settings"]!["socket_mode_enabled"] = false;
        Slack.Workspace.Manifest = manifest;
        Slack.Workspace.Scopes.Remove("pins:write");

        var check = await CheckAsync(Workspace.ConfigToken);

        check.Exit.ShouldBe(CommandLine.Failure);
        string[] missing =
        [
            "The scope pins:write is missing",
            "The event channel_archive is missing: another channel at once",
            "The event channel_deleted is missing",
            "The event channel_id_changed is missing",
            "The event group_archive is missing",
            "The event group_deleted is missing",
            "The event message.groups is missing: what people write in channels of private incidents",
            "The event reaction_added is missing",
            "The event subteam_members_changed is missing",
            "The event user_change is missing: taking at once from somebody what they may do",
            "The command /inc is missing",
            "The command /incident does not escape names",
            "The message shortcut “Add to timeline” (add_to_timeline) is missing",
            "Interactivity is off",
            "The Home tab is off",
            "Socket Mode is off",
        ];
        foreach (var line in missing)
            check.Output.ShouldContain("MISSING  " + line);
        check.Output.Split("MISSING").Length.ShouldBe(missing.Length + 1, check.Output);
    }

    [Fact]
    public async Task Over_http_the_addresses_are_looked_at_too()
    {
        var manifest = await ManifestAsync(http: true);
        manifest["settings"]!["interactivity"]!["request_url"] = "https://elsewhere.example.com/interactive";
        Slack.Workspace.Manifest = manifest;

        var check = await CheckAsync(Workspace.ConfigToken, http: true);

        check.Exit.ShouldBe(CommandLine.Failure);
        check.Output.ShouldContain("The address for interactivity is 'https://elsewhere.example.com/interactive'");
        check.Output.Split("MISSING").Length.ShouldBe(2, check.Output);
    }

    [Fact]
    public async Task What_no_bot_token_may_ask_is_said_to_be_unknown_and_how_to_know_it()
    {
        var without = await CheckAsync("");
        var ended = await CheckAsync("xoxe.xoxp-ended");

        without.Exit.ShouldBe(CommandLine.Success, without.ToString());
        without.Output.ShouldContain("UNKNOWN  Events, commands, shortcuts, interactivity");
        without.Output.ShouldContain("Slack__ConfigToken");
        ended.Output.ShouldContain("UNKNOWN  How the app A0FAKE0001 is set up cannot be seen: invalid_auth");
        ended.Output.ShouldContain("one ends after 12 hours");
    }

    [Fact]
    public async Task A_running_bot_says_what_has_not_come_in_and_that_its_own_messages_do_not_come_back()
    {
        var vera = await Bot.PersonAsync("vera", Role.Viewer);
        var health = new Uri("/health", UriKind.Relative);
        (await vera.GetStringAsync(health)).ShouldContain("the event message.channels");
        (await vera.GetStringAsync(health)).ShouldContain("Nobody here hears of an incident that an alert opens: set Chat:AnnounceIn");
        var manifest = await ManifestAsync();
        manifest["settings"]!["event_subscriptions"]!["bot_events"] = new JsonArray("app_home_opened");
        Slack.Workspace.Manifest = manifest;

        await Anna.Types("/incident declare Mail is stuck");
        Anna.LooksAtHome();
        await Until.Holds(
            async () =>
                await vera.GetStringAsync(health) is var page
                && !page.Contains("/incident,", StringComparison.Ordinal)
                && !page.Contains("app_home_opened", StringComparison.Ordinal),
            "what has come in to leave the list"
        );
        for (var i = 0; i < 30; i++)
            await Console($"/incident declare Trouble {i}", null);
        await Until.Holds(
            async () => (await vera.GetStringAsync(health)).Contains("Slack told it none", StringComparison.Ordinal),
            "the trouble on the health page"
        );
    }

    private async Task<JsonObject> ManifestAsync(bool http = false) =>
        JsonNode.Parse((await Typed.InProcessAsync(Environment("", http), "slack", "manifest")).Output)!.AsObject();

    private Task<Typed> CheckAsync(string configToken, bool http = false) =>
        Typed.InProcessAsync(Environment(configToken, http), "slack", "check");

    private Dictionary<string, string> Environment(string configToken, bool http) =>
        new()
        {
            ["Slack__BotToken"] = Workspace.BotToken,
            ["Slack__AppToken"] = http ? "" : Workspace.AppToken,
            ["Slack__SigningSecret"] = Workspace.SigningSecret,
            ["Slack__ConfigToken"] = configToken,
            ["Slack__ApiUrl"] = Slack.ApiUrl.ToString(),
            ["Web__PublicUrl"] = "https://incident.example.com",
        };
}
