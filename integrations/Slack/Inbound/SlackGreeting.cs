using Integrations.Slack.Api;
using Integrations.Slack.People;
using Microsoft.Extensions.Hosting;

namespace Integrations.Slack.Inbound;

/// <summary>Learns at the start who the app is in the workspace, and its user groups; goes on trying while Slack is away.</summary>
internal sealed class SlackGreeting(SlackApi api, SlackState state, SlackPeople people) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var who = await SlackApi.CallAsync(api.Auth.Test(new AuthTest(), stoppingToken), stoppingToken);
                state.Called("auth.test", who.Outcome, who.Error);
                if (who.IsOk)
                {
                    state.BotUser = who.Value!.UserId ?? "";
                    await people.RefreshGroupsAsync(stoppingToken);
                    return;
                }

                await Task.Delay(Again, TimeProvider.System, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
