using System.Text.Encodings.Web;
using System.Text.Json;
using Integrations.Slack.Api;
using Microsoft.Extensions.Configuration;

namespace Integrations.Slack.Setup;

/// <summary>The manifest of a self-made app (docs.slack.dev, app manifests), and a look at the app as it is installed.</summary>
internal sealed class SlackSetup(SlackOptions options, SlackApi api, IConfiguration configuration) : IPlatformSetup
{
    private const string Again =
        "Print the manifest (incident slack manifest), paste it at api.slack.com/apps → App Manifest, and install the app again.";

    private static readonly JsonSerializerOptions Readable = new(SlackJson.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Word => "slack";

    public string Manifest(Uri publicUrl)
    {
        // With a signing secret and no app token Slack calls us; otherwise we call Slack.
        var overHttp = options.AppToken.Length == 0 && options.SigningSecret.Length > 0;
        var address = overHttp ? new Uri(publicUrl, "/slack/events").ToString() : null;
        return JsonSerializer.Serialize(
            new
            {
                DisplayInformation = new
                {
                    Name = "Incident",
                    Description = "Declare, lead and resolve incidents; run and approve runbooks",
                },
                Features = new
                {
                    AppHome = new
                    {
                        HomeTabEnabled = true,
                        MessagesTabEnabled = true,
                        MessagesTabReadOnlyEnabled = true,
                    },
                    BotUser = new { DisplayName = "incident", AlwaysOnline = true },
                    Shortcuts = SlackNeeds.Shortcuts.Select(shortcut => new
                    {
                        shortcut.Name,
                        shortcut.Type,
                        shortcut.CallbackId,
                        shortcut.Description,
                    }),
                    SlashCommands = SlackNeeds.Commands.Select(command => new
                    {
                        command.Command,
                        Url = address,
                        command.Description,
                        UsageHint = "help",
                        ShouldEscape = true,
                    }),
                },
                OauthConfig = new { Scopes = new { Bot = SlackNeeds.Scopes.Select(scope => scope.Scope) } },
                Settings = new
                {
                    EventSubscriptions = new { RequestUrl = address, BotEvents = SlackNeeds.Events.Select(one => one.Event) },
                    Interactivity = new { IsEnabled = true, RequestUrl = address },
                    OrgDeployEnabled = false,
                    SocketModeEnabled = !overHttp,
                    TokenRotationEnabled = false,
                },
            },
            Readable
        );
    }

    public async Task<IReadOnlyList<SetupFinding>> CheckAsync(CancellationToken cancel)
    {
        if (!options.IsOn)
        {
            return
            [
                new SetupFinding(
                    "Slack:BotToken is not set",
                    "Make the app (incident slack manifest), install it, and set Slack__BotToken to its Bot User OAuth Token (xoxb-…)."
                ),
            ];
        }

        var findings = new List<SetupFinding>();
        var who = await SlackApi.CallAsync(api.Auth.Test(new AuthTest(), cancel), cancel);
        if (!who.IsOk)
        {
            findings.Add(
                new SetupFinding(
                    $"Slack does not take the bot token: {who.Error}",
                    who.Outcome is SlackOutcome.Refused
                        ? "Copy it again from api.slack.com/apps → OAuth & Permissions into Slack__BotToken."
                        : $"Look whether this machine reaches {options.ApiUrl} (Slack:ApiUrl)."
                )
            );
            return findings;
        }

        findings.Add(new SetupFinding($"The bot is {who.Value!.User} in the workspace {who.Value.Team}", null));
        findings.AddRange(Scopes(who.Scopes));
        findings.AddRange(await GroupsAsync(cancel));
        findings.Add(await InboundAsync(cancel));
        findings.AddRange(await ConfiguredAsync(who.Value.BotId ?? "", cancel));
        return findings;
    }

    private static IEnumerable<SetupFinding> Scopes(string? granted)
    {
        if (granted is null)
            return
            [
                new SetupFinding(
                    "Slack did not say which scopes the app has",
                    "Run the check again; if it stays so, compare them by hand."
                ),
            ];
        var missing = SlackNeeds.Missing(granted);
        return missing.Count == 0
            ? [new SetupFinding($"All {SlackNeeds.Scopes.Count} scopes are there", null)]
            : missing.Select(scope => new SetupFinding($"The scope {scope.Scope} is missing: {scope.For}", Again));
    }

    private async Task<IEnumerable<SetupFinding>> GroupsAsync(CancellationToken cancel)
    {
        // Where the settings name none there is nothing to look up.
        if (!SlackGroupNames.Unknown(configuration, []).Any())
            return [];
        var asked = await SlackApi.CallAsync(api.Usergroups.List(new UsergroupsList(), cancel), cancel);
        return asked.IsOk
            ? SlackGroupNames
                .Unknown(configuration, [.. asked.Value!.Usergroups.Select(group => group.Handle)])
                .Select(unknown => new SetupFinding(unknown, SlackGroupNames.Fix))
            : [Unseen($"Which user groups there are Slack does not say: {asked.Error}", Again)];
    }

    // The bot's own token may not ask how the app is set up: no method tells its events, commands or shortcuts.
    private async Task<IReadOnlyList<SetupFinding>> ConfiguredAsync(string bot, CancellationToken cancel)
    {
        if (options.ConfigToken.Length == 0)
            return
            [
                new SetupFinding(
                    "Events, commands, shortcuts, interactivity: Slack shows them to no bot token",
                    "Make an app configuration token (api.slack.com/apps, below the list of apps; it ends after 12 hours), set Slack__ConfigToken for one more check, and forget it. Or try each once: the page Health says what has not come in yet."
                )
                {
                    IsKnown = false,
                },
            ];
        var asked = await SlackApi.CallAsync(api.Bots.Info(new BotsInfo(bot), cancel), cancel);
        if (asked.Value?.Bot?.AppId is not { Length: > 0 } app)
            return [Unseen($"Slack does not say which app the bot is: {asked.Error}", Again)];
        var exported = await SlackApi.CallAsync(api.AppsManifest.Export(new AppsManifestExport(app), cancel), cancel);
        return exported.IsOk
            ? [.. SlackConfigured.Findings(exported.Value!.Manifest, options.UsesSockets, Again)]
            :
            [
                Unseen(
                    $"How the app {app} is set up cannot be seen: {exported.Error}",
                    "Make a new token at api.slack.com/apps, below the list of apps, as somebody who may change this app: one ends after 12 hours."
                ),
            ];
    }

    private static SetupFinding Unseen(string what, string fix) => new(what, fix) { IsKnown = false };

    private async Task<SetupFinding> InboundAsync(CancellationToken cancel)
    {
        if (!options.UsesSockets)
        {
            return options.SigningSecret.Length > 0
                ? new SetupFinding("Slack calls this bot over HTTP: /slack/events must be reachable from outside", null)
                : new SetupFinding(
                    "Nothing can come in from Slack",
                    "Set Slack__AppToken (xapp-…, with the scope connections:write) for Socket Mode, or Slack__SigningSecret for HTTP."
                );
        }

        var opened = await SlackApi.CallAsync(api.AppsConnections.Open(new AppsConnectionsOpen(), cancel), cancel);
        return opened.IsOk
            ? new SetupFinding("Socket Mode is on and the app token is taken", null)
            : new SetupFinding(
                $"Socket Mode could not be opened: {opened.Error}",
                "Make an app-level token with the scope connections:write at api.slack.com/apps → Basic Information, set Slack__AppToken to it, and turn Socket Mode on."
            );
    }
}
