using System.Net.Http.Json;
using Integrations.Slack.Api;
using Integrations.Slack.Blocks;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;
using Microsoft.Extensions.Logging;

namespace Integrations.Slack.Inbound;

/// <summary>
/// Answers to who typed or clicked: at once and once, outside of the outbox. Slack keeps nothing of them that one could look up
/// later; who waits for one sees that it did not come.
/// </summary>
internal sealed partial class SlackResponder(
    SlackApi api,
    SlackCalls calls,
    IHttpClientFactory clients,
    SlackState state,
    ILogger<SlackResponder> logger
)
{
    private const int MostHomeBlocks = 100;

    public async Task<bool> OpenAsync(string trigger, View view, CancellationToken cancel)
    {
        var opened = await calls.AtOnceAsync(
            SlackMethod.OpenView,
            null,
            () => api.Views.Open(new ViewsOpen(trigger, view), cancel),
            cancel
        );
        state.Called("views.open", opened.Outcome, opened.Error);
        // Slack delivered the same press twice, and the form stands there by the other one.
        if (opened.IsOk || opened.Error is "exchanged_trigger_id")
            return true;
        Log.NotShown(logger, "a form", opened.Error);
        return false;
    }

    /// <summary>Visible to one user alone: where they clicked, or in a direct message where that is not possible.</summary>
    public async Task TellAsync(
        string user,
        string? channel,
        string? address,
        string text,
        IReadOnlyList<Block> blocks,
        CancellationToken cancel
    )
    {
        if (address is not null && await RespondAsync(address, text, blocks, cancel))
            return;
        if (channel is not null)
        {
            var shown = new ChatPostEphemeral
            {
                Channel = channel,
                User = user,
                Text = text,
                Blocks = blocks,
            };
            var told = await calls.AtOnceAsync(SlackMethod.PostEphemeral, null, () => api.Chat.PostEphemeral(shown, cancel), cancel);
            if (told.IsOk)
                return;
        }

        var sent = new ChatPostMessage
        {
            Channel = user,
            Text = text,
            Blocks = blocks,
        };
        var direct = await calls.AtOnceAsync(SlackMethod.PostMessage, user, () => api.Chat.PostMessage(sent, cancel), cancel);
        if (!direct.IsOk)
            Log.NotShown(logger, "an answer", direct.Error);
    }

    /// <param name="address">A <c>response_url</c>: it is a secret of its own, so no token goes with it.</param>
    public async Task<bool> RespondAsync(string address, string text, IReadOnlyList<Block>? blocks, CancellationToken cancel)
    {
        using var client = clients.CreateClient(SlackApi.PlainClient);
        var answer = new ResponseMessage
        {
            ResponseType = "ephemeral",
            ReplaceOriginal = false,
            Text = text,
            Blocks = blocks,
        };
        try
        {
            using var response = await client.PostAsJsonAsync(address, answer, SlackJson.Options, cancel);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException e)
        {
            Log.NotShown(logger, "an answer", e.HttpRequestError.ToString());
            return false;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Log.NotShown(logger, "an answer", "not taken in time");
            return false;
        }
    }

    public async Task PublishHomeAsync(string user, IReadOnlyList<Card> cards, CancellationToken cancel)
    {
        var blocks = new List<Block>();
        var shown = 0;
        foreach (var card in cards)
        {
            var more = CardBlocks.Of(card);
            if (blocks.Count + more.Count + 2 > MostHomeBlocks)
            {
                blocks.AddRange(CardBlocks.Of($"… and {cards.Count - shown} more. See the web console, or type: /incident list"));
                break;
            }

            shown++;
            // An action's name must be unique within its block only, and every card brings its own.
            blocks.AddRange(more);
            blocks.Add(new DividerBlock());
        }

        var home = new ViewsPublish(user, new HomeView { Blocks = blocks });
        var published = await calls.AtOnceAsync(SlackMethod.PublishView, null, () => api.Views.Publish(home, cancel), cancel);
        if (!published.IsOk)
            Log.NotShown(logger, "a home tab", published.Error);
    }

    private static partial class Log
    {
        [LoggerMessage(720, LogLevel.Warning, "Slack did not show {What}: {Error}")]
        public static partial void NotShown(ILogger logger, string what, string? error);
    }
}
