using Integrations.Slack.Api;
using Integrations.Slack.People;
using Integrations.Slack.Setup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Integrations.Slack.Inbound;

/// <summary>
/// Learns who the app is in the workspace, what it may do, and the user groups; goes on trying while Slack is away, and looks again
/// now and then, since apps are installed anew and groups change.
/// </summary>
internal sealed partial class SlackGreeting(
    SlackSelf self,
    SlackState state,
    SlackPeople people,
    IConfiguration configuration,
    ILogger<SlackGreeting> logger
) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Refresh = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var who = await self.AskAsync(stoppingToken);
                if (who.IsOk)
                {
                    state.Say(
                        "scopes",
                        who.Scopes is { } granted && SlackNeeds.Missing(granted) is { Count: > 0 } missing ? Words(missing) : null
                    );
                }

                var groups = who.IsOk ? await people.RefreshGroupsAsync().WaitAsync(stoppingToken) : null;
                if (people.Handles is { } handles)
                    state.Say(
                        "groups",
                        SlackGroupNames.Unknown(configuration, handles).ToList() is { Count: > 0 } unknown
                            ? $"{string.Join(' ', unknown)} {SlackGroupNames.Fix}"
                            : null
                    );
                // What only a person can mend is not asked for every few seconds.
                var pause =
                    groups is null ? Again
                    : groups.Outcome is SlackOutcome.Ok or SlackOutcome.Refused ? Refresh
                    : groups.RetryAfter ?? Again;
                await Task.Delay(pause, TimeProvider.System, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // The edge of the loop: whatever Slack answers, the bot goes on and asks again.
            catch (Exception e)
            {
                Log.Failed(logger, e);
                await Task.Delay(Again, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static string Words(IReadOnlyList<(string Scope, string For)> missing) =>
        $"The app lacks {string.Join(", ", missing.Select(scope => $"{scope.Scope} ({scope.For})"))}. Install it again from: incident slack manifest";

    private static partial class Log
    {
        [LoggerMessage(723, LogLevel.Warning, "Who the app is, or who is in the user groups, could not be asked; it is tried again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
