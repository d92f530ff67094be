using System.Globalization;
using System.Text.Json;
using Integrations.Slack.Api;
using Integrations.Slack.Blocks;

namespace Integrations.Slack.Rendering;

/// <summary>
/// A card as blocks, within Slack's limits: 50 blocks, a header of 150 characters, sections of 3,000, ten fields at a time, 25 buttons in
/// a row, and one for all of a message together. What does not fit is shortened where people see it, and named: nothing vanishes.
/// </summary>
internal static class CardBlocks
{
    // Slack documents no limit over all blocks and refuses with msg_blocks_too_long somewhat above 12,000 characters (bolt-js 2509, 2867).
    private const int MostOfMessage = 12_000;
    private const int MostOfActions = 5_000;

    private const int MostHeader = 150;
    private const int MostSection = 3000;
    private const int MostText = 9000;
    private const int MostCode = 2800;
    private const int MostWhole = 8000;
    private const int MostField = 1000;
    private const int FieldsInSection = 10;
    private const int MostFields = 40;
    private const int MostLabel = 75;
    private const int MostValue = 2000;
    private const int MostConfirmTitle = 100;
    private const int MostConfirmText = 300;
    private const int MostConfirmLabel = 30;
    private const int ButtonsInRow = 25;
    private const int MostRows = 4;
    private const int MostChoices = 100;
    private const int MostChoiceValue = 150;
    private const int MostPlaceholder = 150;
    private const int MostFallback = 3000;
    private const int MostFoot = 1000;
    private const int MostNamed = 10;
    private const string Shortened = "\n… shortened; the rest is in the web console";

    /// <summary>What every command behind a button begins its action's name with.</summary>
    public const string CommandAction = "command";

    /// <summary>As <see cref="CommandAction"/>, for buttons that ask first.</summary>
    public const string AskAction = "ask";

    /// <summary>As <see cref="CommandAction"/>, for menus.</summary>
    public const string MenuAction = "menu";

    public static IReadOnlyList<Block> Of(Card card)
    {
        var notes = new List<string>();
        var actions = Actions(card, notes);
        if (card.Fields.Count > MostFields)
            notes.Add($"… and {card.Fields.Count - MostFields} more of what stands above");
        var foot = Foot(card, notes).ToList();
        return Fitting(part => [.. Words(card, part), .. actions, .. foot]);
    }

    /// <summary>Text alone, shortened as that of a card.</summary>
    public static IReadOnlyList<Block> Of(string text) => Fitting(part => [.. Sections(text, MostText / part)]);

    /// <summary>A message's card, or its text alone.</summary>
    /// <param name="mention">Whom it calls; Slack reads that, and nothing else in it, as a mention.</param>
    public static IReadOnlyList<Block> Of(ChatMessage message, string mention) =>
        [
            .. mention.Length == 0 ? Array.Empty<Block>() : [new SectionBlock { Text = new Mrkdwn(mention) }],
            .. message.Card is { } card ? Of(card) : Of(message.Text),
        ];

    /// <summary>What notifications show, and screen readers read.</summary>
    /// <param name="mention">As of <see cref="Of(ChatMessage, string)"/>.</param>
    public static string Fallback(ChatMessage message, string mention = "")
    {
        var called = mention.Length == 0 ? "" : mention + " ";
        var text = message.Text.Length > 0 ? message.Text : message.Card?.Title ?? " ";
        return called + SlackText.Cut(SlackText.Escape(text), MostFallback - called.Length);
    }

    // Long texts give way first, half by half, until all fits.
    private static Block[] Fitting(Func<int, Block[]> shortened)
    {
        for (var part = 1; ; part *= 2)
        {
            var blocks = shortened(part);
            if (SizeOf(blocks) <= MostOfMessage)
                return blocks;
        }
    }

    private static IEnumerable<Block> Words(Card card, int part)
    {
        yield return new HeaderBlock(SlackText.Plain(card.Title, MostHeader));
        if (!string.IsNullOrWhiteSpace(card.Text))
        {
            foreach (var section in Sections(card.Text, MostText / part))
                yield return section;
        }

        if (!string.IsNullOrWhiteSpace(card.Code))
            yield return new SectionBlock { Text = new Mrkdwn(Fenced(card.Code, MostCode / part)) };
        if (card.Whole is { Length: > 0 } whole)
        {
            foreach (var section in Wholly(whole, card.Link, MostWhole / part))
                yield return section;
        }

        foreach (var fields in card.Fields.Take(MostFields).Chunk(FieldsInSection))
            yield return new SectionBlock { Fields = [.. fields.Select(field => Field(field, MostField / part))] };
    }

    private static IEnumerable<Block> Sections(string text, int most)
    {
        var whole = SlackText.Markup(text);
        var shown = whole.Length <= most ? whole : SlackText.CutMarkup(whole, Math.Max(2, most - Shortened.Length)) + Shortened;
        return SlackText.Pieces(shown, MostSection).Select(piece => new SectionBlock { Text = new Mrkdwn(piece) });
    }

    // Nobody decides about what is left out without a word that it is.
    private static IEnumerable<Block> Wholly(string whole, string? link, int most)
    {
        var text = Preformatted(whole);
        var shown = text.Length <= most ? text : SlackText.Cut(text, Math.Max(2, most))[..^1];
        if (shown.Length < text.Length && shown.LastIndexOf('\n') is var end && end > shown.Length / 2)
            shown = shown[..end];
        foreach (var piece in SlackText.Pieces(shown, MostCode))
            yield return new SectionBlock { Text = new Mrkdwn($"```\n{piece}\n```") };
        if (shown.Length == text.Length)
            yield break;
        var left = text[shown.Length..].TrimStart('\n');
        var lines = left.AsSpan().Count('\n') + 1;
        var where = link is null ? "in the web console" : SlackText.Markup(link);
        yield return new SectionBlock
        {
            Text = new Mrkdwn(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $":warning: *{lines} more line{(lines == 1 ? "" : "s")} ({left.Length:N0} characters) of it are not shown here.* All of it: {where}"
                )
            ),
        };
    }

    private static Mrkdwn Field(CardField field, int most) =>
        new(
            SlackText.CutMarkup($"*{SlackText.Escape(field.Name)}*\n{SlackText.Markup(SlackText.NotEmpty(field.Value))}", Math.Max(2, most))
        );

    // Three backticks within would end it.
    private static string Preformatted(string text) => SlackText.Escape(text.Replace("```", "` ` `", StringComparison.Ordinal));

    // The end of an output says more than its beginning.
    private static string Fenced(string code, int most)
    {
        var text = Preformatted(code);
        return "```\n" + SlackText.CutStart(text, Math.Max(2, most)) + "\n```";
    }

    private static List<Block> Actions(Card card, List<string> notes)
    {
        // A menu's choice holds a shorter command than a button.
        var buttons = card
            .Buttons.Concat(
                card.Menus.SelectMany(menu =>
                    menu.Choices.Where(choice => choice.Command.Length > MostChoiceValue)
                        .Select(choice => new CardButton($"{menu.Label}: {choice.Label}", choice.Command))
                )
            )
            .ToList();
        var size = 0;
        var shown = new List<Element>();
        foreach (var button in buttons.Where(button => button.Command.Length <= MostValue).Take(ButtonsInRow * MostRows))
        {
            var element = Button(button, card.Title, shown.Count);
            size += SizeOf(element);
            if (size > MostOfActions)
                break;
            shown.Add(element);
        }

        var left = buttons
            .Where(button => button.Command.Length > MostValue)
            .Concat(buttons.Where(button => button.Command.Length <= MostValue).Skip(shown.Count))
            .Select(button => button.Label)
            .ToList();
        if (left.Count > 0)
            notes.Add($"No room here for: {Named(left)}. Use the web console, or type the command");
        var menus = new List<Element>();
        foreach (var menu in card.Menus.Take(ButtonsInRow))
        {
            var options = Options(menu, MostOfActions - size);
            var fitting = menu.Choices.Count(Fits);
            if (options.Count < fitting)
                notes.Add($"… and {fitting - options.Count} more choices of {menu.Label}. Use the web console, or type the command");
            if (options.Count == 0)
                continue;
            var select = Menu(menu, options, menus.Count);
            size += SizeOf(select);
            menus.Add(select);
        }

        if (card.Menus.Count > ButtonsInRow)
            notes.Add($"No room here for: {Named([.. card.Menus.Skip(ButtonsInRow).Select(menu => menu.Label)])}");
        var rows = shown.Chunk(ButtonsInRow).Select(row => new ActionsBlock(row)).ToList<Block>();
        if (menus.Count > 0)
            rows.Add(new ActionsBlock(menus));
        return rows;
    }

    private static ButtonElement Button(CardButton button, string about, int index) =>
        new(SlackText.Plain(button.Label, MostLabel))
        {
            ActionId = $"{(button.Form is null ? CommandAction : AskAction)}-{index}",
            Value = button.Command,
            Style = button.Style switch
            {
                ButtonStyle.Primary => "primary",
                ButtonStyle.Danger => "danger",
                _ => null,
            },
            // A form asks, too.
            Confirm =
                button.Form is null && (button.Confirm ?? (button.Style is ButtonStyle.Danger ? about : null)) is { } asked
                    ? new ConfirmationDialog(
                        SlackText.Plain(button.Label + "?", MostConfirmTitle),
                        SlackText.Plain(asked, MostConfirmText),
                        SlackText.Plain(button.Label, MostConfirmLabel),
                        SlackText.Plain("Not now", MostConfirmLabel)
                    )
                    : null,
        };

    private static List<(CardChoice Choice, Option Option)> Options(CardMenu menu, int room)
    {
        var options = new List<(CardChoice, Option)>();
        foreach (var choice in menu.Choices.Where(Fits).Take(MostChoices))
        {
            var option = new Option(SlackText.Plain(choice.Label, MostLabel), choice.Command);
            room -= SizeOf(option);
            if (room < 0)
                break;
            options.Add((choice, option));
        }

        return options;
    }

    private static bool Fits(CardChoice choice) => choice.Command.Length is > 0 and <= MostChoiceValue;

    private static StaticSelectElement Menu(CardMenu menu, List<(CardChoice Choice, Option Option)> options, int index) =>
        new([.. options.Select(option => option.Option)])
        {
            ActionId = $"{MenuAction}-{index}",
            Placeholder = SlackText.Plain(menu.Label, MostPlaceholder),
            InitialOption = options.Find(option => option.Choice.Label == menu.Current).Option,
        };

    private static IEnumerable<Block> Foot(Card card, List<string> notes)
    {
        if (card.Link is { Length: > 0 } link)
            notes.Insert(0, link);
        var lines = notes.Select(SlackText.Markup);
        if (card.Room is { } room)
            lines = lines.Prepend($"<#{room}>");
        var foot = string.Join('\n', lines);
        if (foot.Length > 0)
            yield return new ContextBlock([new Mrkdwn(SlackText.CutMarkup(foot, MostFoot))]);
    }

    private static string Named(List<string> labels) =>
        string.Join(", ", labels.Take(MostNamed).Select(label => $"“{SlackText.Cut(label, MostLabel)}”"))
        + (labels.Count > MostNamed ? $" and {labels.Count - MostNamed} more" : "");

    private static int SizeOf(object what) => JsonSerializer.Serialize(what, what.GetType(), SlackJson.Options).Length;
}
