using Integrations.Slack.Blocks;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>Where somebody is answered.</summary>
/// <param name="Channel">Null: in no channel, so in a direct message.</param>
/// <param name="Address">The <c>response_url</c>; null: there is none.</param>
internal sealed record AnswerPlace(string User, string? Channel, string? Address);

/// <summary>The bot's replies as Slack shows them: a form as a modal, words and cards to who asked alone, the home tab.</summary>
internal sealed class SlackAnswers(IChatInbox inbox, SlackResponder responder)
{
    private const string Ephemeral = "ephemeral";

    /// <summary>The answer that an acknowledgement carries.</summary>
    public static ResponseMessage Message(ChatReply reply) =>
        new()
        {
            Text = Fallback(reply),
            Blocks = Blocks(reply),
            ResponseType = Ephemeral,
        };

    /// <summary>Who pressed waits for it: where it does not come they are told, also where nothing else of Slack leads back to them.</summary>
    /// <param name="otherwise">What can be typed instead.</param>
    /// <param name="about">The message that it is about; null: none.</param>
    public async Task OpenAsync(AnswerPlace place, string trigger, Form form, string otherwise, ChatLine? about, CancellationToken cancel)
    {
        var why =
            FormViews.TooMany(form)
            ?? (
                await responder.OpenAsync(trigger, FormViews.Of(form, place.Channel, about), cancel) ? null : "The form could not be shown."
            );
        if (why is not null)
            await TellAsync(place, new ChatReply(false, $"{why} Type it instead: {otherwise}"), cancel);
    }

    public async Task TellAsync(AnswerPlace place, ChatReply reply, CancellationToken cancel)
    {
        if (reply.Text.Length > 0)
            await responder.TellAsync(place.User, place.Channel, place.Address, Fallback(reply), Blocks(reply), cancel);
    }

    /// <param name="said">What came of a press there; null: it was only opened.</param>
    public async Task ShowHomeAsync(ChatPerson person, ChatReply? said, CancellationToken cancel)
    {
        var cards = await inbox.HomeAsync(SlackPlatform.PlatformName, person, cancel);
        if (said is not null)
            cards = [said.Card ?? new Card(said.Accepted ? "Done" : "Not done", said.Text) { Link = said.Link }, .. cards];
        await responder.PublishHomeAsync(person.Id, cards, cancel);
    }

    private static string Fallback(ChatReply reply) => CardBlocks.Fallback(new ChatMessage("", reply.Text, reply.Card));

    private static IReadOnlyList<Block> Blocks(ChatReply reply) =>
        reply.Card is { } card ? CardBlocks.Of(card) : CardBlocks.Of(Linked(reply));

    private static string Linked(ChatReply reply) =>
        (reply.Text.Length > 0 ? reply.Text : "Done.") + (reply.Link is { } link ? "\n" + link : "");
}
