using System.Text;
using Bot.Access;
using Integrations;

namespace Bot.Commands;

/// <summary>Made from the commands that were found, so that it can't go stale.</summary>
internal sealed class HelpCommand(Lazy<CommandSet> commands) : IChatCommand
{
    public string Word => "help";
    public string Usage => "[WORD]";
    public string Help => "All commands, or one in full";
    public Role Needs => Role.Viewer;
    public bool InChannel => false;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var word = context.Arguments.Text;
        if (word.Length == 0)
            return Task.FromResult(Replies.Said(All(commands.Value)));
        return Task.FromResult(
            commands.Value.Find(word) is { } command ? Replies.Said(One(command)) : Replies.Refused($"There is no command '{word}'.")
        );
    }

    public static string All(CommandSet set)
    {
        var text = new StringBuilder();
        text.Append("/incident alone shows what can be done here now; /inc is short for it.\n");
        foreach (var command in set.All)
            text.Append(One(command)).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    private static string One(IChatCommand command) =>
        $"/incident {command.Word}"
        + (command.Usage.Length == 0 ? "" : " " + command.Usage)
        + $" – {command.Help} ({command.Needs.ToString().ToLowerInvariant()}"
        + (command.Aliases.Count == 0 ? ")" : $"; also {string.Join(", ", command.Aliases)})");
}
