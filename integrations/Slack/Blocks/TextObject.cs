using System.Text.Json.Serialization;

namespace Integrations.Slack.Blocks;

/// <summary>A text object.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(PlainText), "plain_text")]
[JsonDerivedType(typeof(Mrkdwn), "mrkdwn")]
internal abstract record TextObject(string Text);

internal sealed record PlainText(string Text) : TextObject(Text);

internal sealed record Mrkdwn(string Text) : TextObject(Text)
{
    /// <summary>Slack makes nothing of plain words: an <c>@here</c> that an alert brings calls nobody.</summary>
    public bool Verbatim => true;
}

internal sealed record Option(TextObject Text, string Value);

/// <summary>
/// A confirmation dialog (docs.slack.dev/reference/block-kit/composition-objects): a title of at most 100 characters, a text of 300, two
/// buttons of 30.
/// </summary>
internal sealed record ConfirmationDialog(TextObject Title, TextObject Text, TextObject Confirm, TextObject Deny)
{
    /// <summary>Of the button that confirms: <c>primary</c> or <c>danger</c>.</summary>
    public string Style => "danger";
}
