using Integrations.Slack.Api;
using Integrations.Slack.Inbound;
using Integrations.Slack.Sending;

namespace Integrations.Slack.People;

/// <summary>Who the app itself is: its user, its workspace, its organization (<c>auth.test</c>). What depends on it waits until it is known.</summary>
internal sealed class SlackSelf(SlackApi api, SlackCalls calls, SlackState state)
{
    public async Task<SlackAnswer<AuthTestResponse>> AskAsync(CancellationToken cancel)
    {
        var who = await calls.RegularlyAsync(SlackMethod.AuthTest, () => api.Auth.Test(new AuthTest(), cancel), cancel);
        if (who.IsOk)
        {
            state.BotUser = who.Value!.UserId ?? "";
            state.Address = who.Value.Url ?? "";
            state.Enterprise = who.Value.EnterpriseId ?? "";
            // The last one: by it the others are known, too.
            state.Team = who.Value.TeamId ?? "";
        }

        return who;
    }

    /// <returns>Null: it is known; else why it cannot be told now.</returns>
    public async Task<SlackAnswer<AuthTestResponse>?> KnowAsync(CancellationToken cancel) =>
        state.Team.Length > 0 || await AskAsync(cancel) is not { IsOk: false } unknown ? null : unknown;
}
