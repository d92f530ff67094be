using System.Text.Json;
using Integrations.Slack.Blocks;
using Integrations.Slack.Rendering;

namespace Integrations.Slack.Inbound;

/// <summary>A slash command as Slack sends it.</summary>
/// <param name="Text">What came after the command, with names as <c>&lt;@U1|anna&gt;</c>.</param>
internal sealed record SlashCommand(
    string Command,
    string Text,
    string UserId,
    string? UserName,
    string ChannelId,
    string TriggerId,
    string? ResponseUrl
)
{
    /// <summary>From a form or an envelope's payload.</summary>
    /// <exception cref="UnreadableException">A part is missing.</exception>
    public static SlashCommand Read(Func<string, string?> field)
    {
        return new SlashCommand(
            Needed("command"),
            field("text") ?? "",
            Needed("user_id"),
            field("user_name"),
            Needed("channel_id"),
            Needed("trigger_id"),
            field("response_url")
        );

        string Needed(string name) => field(name) is { Length: > 0 } value ? value : throw UnreadableException.Missing(name);
    }
}

/// <summary>A command behind a button or a menu's choice.</summary>
/// <param name="Asks">Its questions come first.</param>
internal sealed record Pressed(string Command, bool Asks)
{
    /// <returns>Null: it is no command of ours.</returns>
    public static Pressed? Read(JsonElement action)
    {
        var command = action.Part("selected_option").Text("value") ?? action.Text("value");
        var kind = action.Text("action_id")?.Split('-')[0];
        return command is { Length: > 0 } && kind is CardBlocks.CommandAction or CardBlocks.AskAction or CardBlocks.MenuAction
            ? new Pressed(command, kind is CardBlocks.AskAction)
            : null;
    }
}

/// <summary>An answer to a command, or to a <c>response_url</c>.</summary>
internal sealed record ResponseMessage
{
    public string? ResponseType { get; init; }
    public bool? ReplaceOriginal { get; init; }
    public required string Text { get; init; }
    public IReadOnlyList<Block>? Blocks { get; init; }
}

/// <summary>The answer to a submission that was refused: by input.</summary>
internal sealed record ViewErrors(IReadOnlyDictionary<string, string> Errors)
{
    public string ResponseAction => "errors";
}

/// <summary>The answer to what somebody types into a menu that is searched.</summary>
internal sealed record ViewOptions(IReadOnlyList<Option> Options);

/// <summary>The answer to a submission after which more is asked: the next view takes its place.</summary>
internal sealed record ViewUpdate(View View)
{
    public string ResponseAction => "update";
}
