using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Integrations;
using Integrations.Slack.Api;
using Integrations.Slack.Blocks;
using Integrations.Slack.Channels;
using Integrations.Slack.Rendering;
using Tests.FakeSlack;
using Card = Integrations.Card;

namespace Tests.Slack;

/// <summary>Whatever a card or a form holds, what Slack gets keeps to Slack's limits.</summary>
public sealed class RenderingTests
{
    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 0, 40],
        Gen.String[Gen.Const('<'), 0, 5000],
        Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Const('\n'), Gen.Const('&'), Gen.Const('\ud83d')), 0, 12_000]
    );

    private static readonly Gen<Card> Cards =
        from title in Words
        from text in Words
        from fields in Gen.Select(Words, Words, (name, value) => new CardField(name, value)).Array[0, 60]
        from buttons in Gen.Select(Words, Words, (label, command) => new CardButton(label, command) { Confirm = label }).Array[0, 40]
        from code in Words
        from whole in Words
        from menus in Gen.Select(
            Words,
            Gen.Select(Words, Words, (label, command) => new CardChoice(label, command)).Array[0, 120],
            (label, choices) => new CardMenu(label, choices, choices.FirstOrDefault()?.Label)
        ).Array[0, 4]
        select new Card(title, text)
        {
            Fields = fields,
            Buttons = buttons,
            Code = code,
            Whole = whole,
            Menus = menus,
        };

    [Fact]
    public void Any_card_keeps_to_the_limits_of_each_part_and_of_all_together() =>
        Cards.Sample(
            card =>
            {
                var blocks = CardBlocks.Of(card);
                BlockLimits.OfMessage(Json(blocks)).ShouldBeEmpty();
                JsonSerializer.Serialize(blocks, SlackJson.Options).Length.ShouldBeLessThanOrEqualTo(12_000);
            },
            iter: 300
        );

    [Fact]
    public void Any_text_alone_keeps_to_the_limits_of_a_message() =>
        Words.Sample(
            (string text) =>
            {
                var blocks = CardBlocks.Of(text);
                BlockLimits.OfMessage(Json(blocks)).ShouldBeEmpty();
                JsonSerializer.Serialize(blocks, SlackJson.Options).Length.ShouldBeLessThanOrEqualTo(12_000);
            },
            iter: 300
        );

    [Fact]
    public void A_text_of_signs_that_take_much_room_says_where_its_rest_is()
    {
        var blocks = CardBlocks.Of(string.Concat(Enumerable.Repeat("\U0001F525", 4400)));
        JsonSerializer.Serialize(blocks, SlackJson.Options).Length.ShouldBeLessThanOrEqualTo(12_000);
        FakeSlack.Card.TextOf(Json(blocks)).ShouldContain("… shortened; the rest is in the web console");
    }

    [Fact]
    public void What_is_decided_about_is_shown_from_its_beginning_with_how_much_is_left_out_and_where_it_is()
    {
        var lines = Enumerable.Range(1, 400).Select(number => $"line {number} of a script that does not fit & goes on <there>").ToList();
        var card = new Card("Approve?") { Whole = string.Join('\n', lines), Link = "https://bot.example.com/runs/run-1" };

        var text = FakeSlack.Card.TextOf(Json(CardBlocks.Of(card)));

        text.ShouldContain("line 1 of");
        var shown = lines.Count(line => text.Contains(line.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;") + "\n"));
        shown.ShouldBeInRange(80, 150);
        text.ShouldContain($"{400 - shown} more lines (");
        text.ShouldContain("All of it: <https://bot.example.com/runs/run-1>");
        var small = card with { Whole = string.Join('\n', lines.Take(100)) };
        FakeSlack.Card.TextOf(Json(CardBlocks.Of(small))).ShouldNotContain("not shown here");
    }

    [Fact]
    public void What_does_not_fit_on_a_card_is_named()
    {
        var text = Read(
            new Card("Approve?", new string('x', 20_000))
            {
                Link = "https://bot.example.com/runs/run-1",
                Fields = [.. Enumerable.Range(1, 50).Select(number => new CardField($"host {number}", new string('y', 900)))],
                Buttons = [new CardButton("Approve", "/incident approve run-1"), new CardButton("Too long", new string('z', 2001))],
                Menus =
                [
                    new CardMenu("Severity", [.. Enumerable.Range(1, 120).Select(number => new CardChoice($"{number}", $"/x {number}"))]),
                ],
            }
        );
        text.ShouldContain("… shortened; the rest is in the web console");
        text.ShouldContain("… and 10 more of what stands above");
        text.ShouldContain("No room here for: “Too long”.");
        text.ShouldContain("more choices of Severity.");
        text.ShouldContain("<https://bot.example.com/runs/run-1>");
        text.ShouldContain("Approve");
    }

    [Fact]
    public void A_choice_whose_command_is_too_long_for_a_menu_is_a_button()
    {
        var command = "/incident decide " + new string('r', 150);
        var blocks = CardBlocks.Of(new Card("x") { Menus = [new CardMenu("Step", [new CardChoice("retry", command)])] });
        var button = blocks.OfType<ActionsBlock>().ShouldHaveSingleItem().Elements.ShouldHaveSingleItem().ShouldBeOfType<ButtonElement>();
        (button.Text.Text, button.Value).ShouldBe(("Step: retry", command));
    }

    [Fact]
    public void A_card_of_many_buttons_has_more_rows_than_one()
    {
        var blocks = CardBlocks.Of(
            new Card("x") { Buttons = [.. Enumerable.Range(1, 30).Select(number => new CardButton($"b{number}", $"/x {number}"))] }
        );
        blocks.OfType<ActionsBlock>().Select(row => row.Elements.Count).ShouldBe([25, 5]);
    }

    [Fact]
    public void A_form_of_too_many_questions_asks_what_it_must_and_names_the_rest()
    {
        var fields = Enumerable
            .Range(1, 130)
            .Select(number => new FormField($"q{number}", $"Question {number}", FormFieldKind.Text))
            .ToList();
        fields[129] = fields[129] with { Required = true };
        var view = FormViews.Of(new Form("Run", "/incident run big", "Run", fields), "C1");

        view.Blocks.Count.ShouldBeLessThanOrEqualTo(100);
        view.Blocks.OfType<InputBlock>().ShouldContain(input => input.BlockId == "option.q130");
        var note = view.Blocks.OfType<SectionBlock>().ShouldHaveSingleItem().Text!.Text;
        note.ShouldStartWith("… and 32 more questions than fit in here.");
        note.ShouldContain("/incident run big --q98 …");
    }

    [Fact]
    public void Choices_that_make_no_menu_are_named_where_they_are_typed()
    {
        var field = new FormField("host", "Which host?", FormFieldKind.Choice)
        {
            Hint = "As monitoring calls it.",
            Choices = [.. Enumerable.Range(1, 101).Select(number => $"web-{number}")],
        };
        var input = FormViews.Of(new Form("x", "/incident x", "Send", [field]), "C1").Blocks.OfType<InputBlock>().ShouldHaveSingleItem();
        input.Element.ShouldBeOfType<PlainTextInputElement>();
        input.Hint!.Text.ShouldStartWith("As monitoring calls it. One of 101, written as it is: web-1, web-2");
    }

    [Fact]
    public void A_text_is_cut_within_no_link_and_no_escape()
    {
        var text = SlackText.Markup("see https://graphs.example.com/d/7 & more");
        for (var most = 2; most <= text.Length; most++)
        {
            var cut = SlackText.CutMarkup(text, most);
            cut.Length.ShouldBeLessThanOrEqualTo(most);
            cut.Count(letter => letter is '<').ShouldBe(cut.Count(letter => letter is '>'), cut);
            SlackText.CutStart("a &lt; b \ud83d\ude00 c", most % 18 + 2).ShouldNotContain("…t;");
        }
    }

    [Fact]
    public void An_address_that_its_escapes_make_longer_than_a_section_is_cut_like_any_text()
    {
        var address = "https://graphs.example.com/?" + new string('&', 900) + "x";
        var pieces = SlackText.Pieces(SlackText.Markup($"{address}\n{address}"), 3000).ToList();
        pieces.ShouldAllBe(piece => piece.Length > 0 && piece.Length <= 3000);
        string.Concat(pieces).ShouldBe($"<{SlackText.Escape(address)}><{SlackText.Escape(address)}>");
    }

    [Fact]
    public void Any_form_keeps_to_the_limits() =>
        (
            from title in Words
            from fields in Gen.Select(
                Gen.String[Gen.Char['a', 'z'], 1, 20],
                Words,
                Gen.Enum<FormFieldKind>(),
                Gen.String[Gen.Char['a', 'z'], 1, 20].Array[0, 200],
                (name, label, kind, choices) => new FormField(name, label.Length == 0 ? "x" : label, kind) { Choices = choices }
            ).Array[1, 20]
            from about in Words
            select (
                Form: new Form(title.Length == 0 ? "x" : title, "/incident x", "Send", [.. fields.DistinctBy(field => field.Name)]),
                About: new ChatLine(
                    "1.2",
                    "U1",
                    about,
                    DateTimeOffset.UnixEpoch,
                    "https://fake.slack.test/archives/C1/p12",
                    ["a", "b", "c", "d"]
                )
            )
        ).Sample(
            asked =>
                BlockLimits
                    .OfView(
                        JsonSerializer.SerializeToNode<View>(FormViews.Of(asked.Form, "C1", asked.About), SlackJson.Options)!.AsObject()
                    )
                    .ShouldBeEmpty(),
            iter: 300
        );

    [Fact]
    public void A_message_of_which_not_even_the_links_fit_into_a_form_leaves_it_whole()
    {
        var about = new ChatLine(
            "1.2",
            "U1",
            "Down",
            DateTimeOffset.UnixEpoch,
            "https://x.test/" + new string('p', 2900),
            [new('f', 2000)]
        );

        var view = FormViews.Of(new Form("x", "/incident x", "Send", []), "C1", about);

        BlockLimits.OfView(JsonSerializer.SerializeToNode<View>(view, SlackJson.Options)!.AsObject()).ShouldBeEmpty();
    }

    [Fact]
    public void Any_wish_becomes_a_name_that_slack_takes() =>
        Gen.String[0, 300]
            .Sample(
                (string wish) =>
                {
                    NameRules.Problem(RoomNames.Of("inc-1 " + wish)).ShouldBeNull();
                    NameRules.Problem(RoomNames.Next(RoomNames.Of("inc-1 " + wish), 12)).ShouldBeNull();
                }
            );

    [Theory]
    [InlineData("inc-42 Checkout: \"down\"!", "inc-42-checkout-down")]
    [InlineData("inc-7 Zürich – Störung", "inc-7-zurich-storung")]
    public void A_name_stays_readable(string wish, string name) => RoomNames.Of(wish).ShouldBe(name);

    [Theory]
    [InlineData("メール", "inc-9")]
    [InlineData("___", "inc-9")]
    [InlineData("mail", "mail")]
    public void A_wish_of_which_nothing_is_left_is_named_by_its_incident(string wish, string name) =>
        RoomNames.Of(wish, "inc-9").ShouldBe(name);

    [Theory]
    [InlineData("12.5", "12.5")]
    [InlineData("a dozen", null)]
    [InlineData("", null)]
    public void A_number_begins_with_its_default_where_that_is_one(string known, string? shown) =>
        FormViews
            .Of(new Form("x", "/incident x", "Send", [new FormField("n", "How many?", FormFieldKind.Number) { Default = known }]), "C1")
            .Blocks.OfType<InputBlock>()
            .Select(block => block.Element)
            .OfType<NumberInputElement>()
            .ShouldHaveSingleItem()
            .InitialValue.ShouldBe(shown);

    [Fact]
    public void What_is_typed_is_read_as_people_meant_it() =>
        SlackText
            .Read(
                "lead &lt;now&gt; <@U1|anna> in <#C1|ops> with <!subteam^S1|@oncall>, see <https://x.test/a?b=1&amp;c=2|here> <!here>",
                id => id == "U1" ? "anna" : null,
                id => id == "C1" ? "inc-1" : null,
                _ => "oncall"
            )
            .ShouldBe("lead <now> @anna in inc-1 with group:oncall, see https://x.test/a?b=1&c=2 @here");

    [Fact]
    public void What_people_write_pings_nobody_and_breaks_nothing()
    {
        var blocks = Json(CardBlocks.Of(new Card("x", "<!channel> & <@U1>")));
        FakeSlack.Card.TextOf(blocks).ShouldContain("&lt;!channel&gt; &amp; &lt;@U1&gt;");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1732500000123456)]
    public void A_message_id_is_its_time(long micros)
    {
        var time = DateTimeOffset.UnixEpoch.AddTicks(micros * 10);
        SlackText.Time(SlackText.Ts(time)).ShouldBe(time);
    }

    private static string Read(Card card) => FakeSlack.Card.TextOf(Json(CardBlocks.Of(card)));

    private static JsonArray Json(IReadOnlyList<Block> blocks) => JsonSerializer.SerializeToNode(blocks, SlackJson.Options)!.AsArray();
}
