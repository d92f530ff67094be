using Bot.Access;
using Bot.Commands;
using Integrations;

namespace Tests.Parts.Added;

/// <summary>A chat command in one file: <c>/incident hello</c>.</summary>
internal sealed class HelloCommand : IChatCommand
{
    public string Word => "hello";
    public string Usage => "[NAME]";
    public string Help => "Greets somebody";
    public Role Needs => Role.Viewer;
    public bool InChannel => false;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        Task.FromResult(
            new ChatReply(true, $"Hello, {(context.Arguments.Text is { Length: > 0 } name ? name : context.Caller.Actor.Name)}!")
        );
}
