namespace Integrations.Slack.Sending;

/// <summary>A method of the Web API and its limits (docs.slack.dev, rate limits and the page of each method).</summary>
/// <param name="PerMinute">
/// Its tier, over the whole workspace: 20, 50 or 100 calls a minute; 600 where Slack says “several hundred”.
/// </param>
/// <param name="LostAnswer">What is done when its answer was lost.</param>
internal sealed record SlackMethod(string Name, int PerMinute, LostAnswer LostAnswer)
{
    private const int Tier2 = 20;
    private const int Tier3 = 50;
    private const int Tier4 = 100;
    private const int Hundreds = 600;

    /// <summary>About one a second goes in each channel, with short bursts.</summary>
    public bool ByChannel => Name is "chat.postMessage";

    public static SlackMethod AuthTest { get; } = new("auth.test", Hundreds, LostAnswer.SendAgain);
    public static SlackMethod PostMessage { get; } = new("chat.postMessage", Hundreds, LostAnswer.LookUp);
    public static SlackMethod Update { get; } = new("chat.update", Tier3, LostAnswer.SendAgain);
    public static SlackMethod PostEphemeral { get; } = new("chat.postEphemeral", Tier4, LostAnswer.CannotBeKnown);
    public static SlackMethod GetPermalink { get; } = new("chat.getPermalink", Hundreds, LostAnswer.SendAgain);
    public static SlackMethod Create { get; } = new("conversations.create", Tier2, LostAnswer.LookUp);
    public static SlackMethod List { get; } = new("conversations.list", Tier2, LostAnswer.SendAgain);
    public static SlackMethod Info { get; } = new("conversations.info", Tier3, LostAnswer.SendAgain);
    public static SlackMethod Members { get; } = new("conversations.members", Tier4, LostAnswer.SendAgain);
    public static SlackMethod Join { get; } = new("conversations.join", Tier3, LostAnswer.SendAgain);
    public static SlackMethod OpenDirect { get; } = new("conversations.open", Tier3, LostAnswer.SendAgain);
    public static SlackMethod Invite { get; } = new("conversations.invite", Tier3, LostAnswer.SendAgain);
    public static SlackMethod SetTopic { get; } = new("conversations.setTopic", Tier2, LostAnswer.SendAgain);
    public static SlackMethod SetPurpose { get; } = new("conversations.setPurpose", Tier2, LostAnswer.SendAgain);
    public static SlackMethod History { get; } = new("conversations.history", Tier3, LostAnswer.SendAgain);
    public static SlackMethod Replies { get; } = new("conversations.replies", Tier3, LostAnswer.SendAgain);
    public static SlackMethod AddPin { get; } = new("pins.add", Tier2, LostAnswer.SendAgain);
    public static SlackMethod ListBookmarks { get; } = new("bookmarks.list", Tier3, LostAnswer.SendAgain);
    public static SlackMethod AddBookmark { get; } = new("bookmarks.add", Tier2, LostAnswer.LookUp);
    public static SlackMethod GetUser { get; } = new("users.info", Tier4, LostAnswer.SendAgain);
    public static SlackMethod LookUpUser { get; } = new("users.lookupByEmail", Tier3, LostAnswer.SendAgain);
    public static SlackMethod ListUsers { get; } = new("users.list", Tier2, LostAnswer.SendAgain);
    public static SlackMethod ListGroups { get; } = new("usergroups.list", Tier2, LostAnswer.SendAgain);
    public static SlackMethod OpenView { get; } = new("views.open", Tier4, LostAnswer.CannotBeKnown);
    public static SlackMethod PublishView { get; } = new("views.publish", Tier4, LostAnswer.SendAgain);
    public static SlackMethod GetUploadAddress { get; } = new("files.getUploadURLExternal", Tier4, LostAnswer.SendAgain);
    public static SlackMethod CompleteUpload { get; } = new("files.completeUploadExternal", Tier4, LostAnswer.CannotBeKnown);
}

/// <summary>What can be done about a call whose answer was lost.</summary>
internal enum LostAnswer
{
    /// <summary>Whether it happened can be looked up: a post by its metadata, a channel by its name, a bookmark by its address.</summary>
    LookUp,

    /// <summary>A repeat changes nothing: it may simply be sent again.</summary>
    SendAgain,

    /// <summary>Slack keeps nothing that one could look for. Only used where somebody waits for it and sees what came of it.</summary>
    CannotBeKnown,
}
