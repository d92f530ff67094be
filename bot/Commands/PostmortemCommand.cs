using Bot.Access;
using Bot.Postmortems;
using Integrations;

namespace Bot.Commands;

internal sealed class PostmortemCommand(PostmortemWriter writer, IConfiguration configuration) : IChatCommand
{
    public string Word => "postmortem";
    public string Usage => "";
    public string Help => "The draft of the postmortem: its figures and its page in a chat, else in Markdown";
    public Role Needs => Role.Viewer;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        // No chat platform shows Markdown with its tables: it gets the figures, and where the draft is.
        if (context.Origin.Platform is not null)
        {
            var page = $"{configuration["Web:PublicUrl"]?.TrimEnd('/')}/incidents/inc-{context.Incident}/postmortem";
            return await writer.SummaryAsync(context.Incident!.Value, page, cancel) is { } card
                ? new ChatReply(true, Prose.Join(card.Title, card.Text), card)
                : Replies.Refused($"There is no incident inc-{context.Incident}.");
        }

        return await writer.DraftAsync(context.Incident!.Value, cancel) is { } draft
            ? Replies.Said(draft)
            : Replies.Refused($"There is no incident inc-{context.Incident}.");
    }
}
