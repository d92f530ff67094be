using Bot.Access;
using Bot.Postmortems;
using Integrations;

namespace Bot.Commands;

internal sealed class PostmortemCommand(PostmortemWriter writer) : IChatCommand
{
    public string Word => "postmortem";
    public string Usage => "";
    public string Help => "The draft of the postmortem, in Markdown";
    public Role Needs => Role.Viewer;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        await writer.DraftAsync(context.Incident!.Value, cancel) is { } draft
            ? Replies.Said(draft)
            : Replies.Refused($"There is no incident inc-{context.Incident}.");
}
