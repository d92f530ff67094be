using Integrations.Slack.Blocks;

namespace Integrations.Slack.Rendering;

/// <summary>
/// A card as blocks, within Slack's limits: 50 blocks, a header of 150 characters, sections of 3,000, fields of 2,000 (half of that here, since a message has a limit as a whole) and ten
/// at a time, 25 buttons in a row of 75 characters each.
/// </summary>
internal static class CardBlocks
{
    private const int MostHeader = 150;
    private const int MostSection = 3000;
    private const int MostSections = 4;
    private const int MostField = 1000;
    private const int MostFields = 10;
    private const int MostFieldSections = 4;
    private const int MostLabel = 75;
    private const int MostValue = 2000;
    private const int MostButtons = 25;
    private const int MostText = 3000;

    private const int MostChoices = 100;
    private const int MostChoiceValue = 150;
    private const int MostPlaceholder = 150;
    private const int MostCode = 2800;

    /// <summary>What every command behind a button begins its action's name with.</summary>
    public const string CommandAction = "command";

    /// <summary>As <see cref="CommandAction"/>, for buttons that ask first.</summary>
    public const string AskAction = "ask";

    /// <summary>As <see cref="CommandAction"/>, for menus.</summary>
    public const string MenuAction = "menu";

    public static IReadOnlyList<Block> Of(Card card)
    {
        var blocks = new List<Block> { new HeaderBlock(new PlainText(SlackText.Cut(NotEmpty(card.Title), MostHeader))) };
        if (!string.IsNullOrWhiteSpace(card.Text))
            blocks.AddRange(Sections(card.Text));
        if (!string.IsNullOrWhiteSpace(card.Code))
            blocks.Add(new SectionBlock { Text = new Mrkdwn(Fenced(card.Code)) });
        foreach (var fields in card.Fields.Chunk(MostFields).Take(MostFieldSections))
            blocks.Add(new SectionBlock { Fields = [.. fields.Select(Field)] });
        var buttons = card.Buttons.Where(button => button.Command.Length <= MostValue).Take(MostButtons).Select(Button).ToList();
        if (buttons.Count > 0)
            blocks.Add(new ActionsBlock(buttons));
        var menus = card.Menus.Select(Menu).OfType<Element>().Take(MostButtons).ToList();
        if (menus.Count > 0)
            blocks.Add(new ActionsBlock(menus));
        return blocks;
    }

    /// <summary>Text alone.</summary>
    public static IReadOnlyList<Block> Of(string text) => [.. Sections(text)];

    /// <summary>What notifications show, and screen readers read.</summary>
    public static string Fallback(ChatMessage message) =>
        SlackText.Cut(SlackText.Escape(message.Text.Length > 0 ? message.Text : message.Card?.Title ?? " "), MostText);

    private static IEnumerable<Block> Sections(string text)
    {
        var pieces = SlackText.Pieces(SlackText.Escape(text), MostSection).ToList();
        if (pieces.Count > MostSections)
            pieces = [.. pieces.Take(MostSections - 1), "… the rest is on the incident's page"];
        return pieces.Select(piece => new SectionBlock { Text = new Mrkdwn(piece) });
    }

    private static Mrkdwn Field(CardField field) =>
        new(SlackText.Cut($"*{SlackText.Escape(field.Name)}*\n{SlackText.Escape(NotEmpty(field.Value))}", MostField));

    private static Element Button(CardButton button, int index) =>
        new ButtonElement(new PlainText(SlackText.Cut(NotEmpty(button.Label), MostLabel)))
        {
            ActionId = $"{(button.Form is null ? CommandAction : AskAction)}-{index}",
            Value = button.Command,
            Style = button.Style switch
            {
                ButtonStyle.Primary => "primary",
                ButtonStyle.Danger => "danger",
                _ => null,
            },
        };

    private static StaticSelectElement? Menu(CardMenu menu, int index)
    {
        var options = menu
            .Choices.Where(choice => choice.Command.Length <= MostChoiceValue)
            .Take(MostChoices)
            .Select(choice => new Option(new PlainText(SlackText.Cut(NotEmpty(choice.Label), MostLabel)), choice.Command))
            .ToList();
        return options.Count == 0
            ? null
            : new StaticSelectElement(options)
            {
                ActionId = $"{MenuAction}-{index}",
                Placeholder = new PlainText(SlackText.Cut(NotEmpty(menu.Label), MostPlaceholder)),
                InitialOption = options.Find(option => option.Text.Text == menu.Current),
            };
    }

    // Three backticks within would end it; the end of an output says more than its beginning.
    private static string Fenced(string code)
    {
        var text = SlackText.Escape(code.Replace("```", "` ` `", StringComparison.Ordinal));
        return "```\n" + (text.Length > MostCode ? "…" + text[^MostCode..] : text) + "\n```";
    }

    // Slack refuses empty texts.
    private static string NotEmpty(string text) => string.IsNullOrWhiteSpace(text) ? "–" : text;
}
