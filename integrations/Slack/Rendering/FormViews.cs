using System.Globalization;
using System.Text.Json;
using Integrations.Slack.Api;
using Integrations.Slack.Blocks;
using Integrations.Slack.Inbound;

namespace Integrations.Slack.Rendering;

/// <summary>A form as a modal, and its answers back as the typed command that they stand for.</summary>
internal static class FormViews
{
    public const string CallbackId = "form";
    private const string ActionId = "answer";

    /// <summary>Of a menu of incidents that is searched while somebody types.</summary>
    public const string IncidentAction = "incident";

    /// <summary>As <see cref="IncidentAction"/>, of user groups.</summary>
    public const string GroupAction = "group";

    private const int MostInputs = 98;
    private const int MostTitle = 24;
    private const int MostHeader = 150;
    private const int MostLabel = 2000;
    private const int MostChoices = 100;
    private const int MostChoice = 75;
    private const int MostAnswer = 3000;
    private const int MostMetadata = 3000;
    private const int MostAbout = 2000;
    private const int MostFiles = 3;

    /// <summary>What the modal brings back: which command its answers belong to, where it was opened, and about which message.</summary>
    public sealed record Origin(string Command, string? Room, ChatLine? About = null);

    public static ModalView Of(Form form, string? room, ChatLine? about = null)
    {
        // What must be answered is asked first, so that the form can be sent.
        var asked = form.Fields.OrderBy(field => !field.Required).Take(MostInputs).ToHashSet();
        var blocks = form.Fields.Where(asked.Contains).Select(Input).ToList<Block>();
        var first = string.Join(
            '\n',
            new[] { form.About, form.Fields.Count > asked.Count ? Left(form, asked) : null }.Where(text => !string.IsNullOrWhiteSpace(text))
        );
        if (first.Length > 0)
            blocks.Insert(0, new SectionBlock { Text = new Mrkdwn(SlackText.CutMarkup(SlackText.Markup(first), MostAnswer)) });
        if (form.Title.Length > MostTitle)
            blocks.Insert(0, new HeaderBlock(SlackText.Plain(form.Title, MostHeader)));
        return new ModalView
        {
            Title = SlackText.Plain(form.Title, MostTitle),
            Submit = SlackText.Plain(form.SubmitLabel, MostTitle),
            Close = new PlainText("Cancel"),
            CallbackId = CallbackId,
            PrivateMetadata = Write(new Origin(form.Command, room, about)),
            Blocks = blocks,
        };
    }

    /// <returns>Why it could never be sent: more must be answered than fits; null: it can.</returns>
    public static string? TooMany(Form form) =>
        form.Fields.Count(field => field.Required) is var needed and > MostInputs
            ? $"“{form.Title}” has {needed} questions that must be answered, and a form in Slack holds {MostInputs}. The web console shows all of them."
            : null;

    private static string Left(Form form, HashSet<FormField> asked)
    {
        var left = form.Fields.Where(field => !asked.Contains(field)).Select(field => field.Name).ToList();
        return $"… and {left.Count} more questions than fit in here. Answer them in the web console, or type the command with them as options: {form.Command} {string.Join(' ', left.Select(name => $"--{name} …"))}";
    }

    // A long message comes back shortened: its link leads to the whole of it.
    private static string Write(Origin origin)
    {
        var text = JsonSerializer.Serialize(origin, SlackJson.Options);
        for (var most = MostAbout; text.Length > MostMetadata && origin.About is { } about; most /= 2)
        {
            origin = origin with
            {
                // First the text is shortened, then the files are dropped, at last the message.
                About =
                    most > 0 ? about with { Text = SlackText.Cut(about.Text, most), Files = [.. about.Files.Take(MostFiles)] }
                    : about.Files.Count > 0 ? about with { Text = "", Files = [] }
                    : null,
            };
            text = JsonSerializer.Serialize(origin, SlackJson.Options);
        }

        return text;
    }

    /// <param name="metadata">The view's <c>private_metadata</c>.</param>
    /// <exception cref="JsonException">It is no view of ours.</exception>
    public static Origin ReadOrigin(string metadata) =>
        JsonSerializer.Deserialize<Origin>(metadata, SlackJson.Options) is { Command: not null } origin
            ? origin
            : throw new JsonException("A view without its command.");

    /// <summary>The answers by the name of their input, in the view's order.</summary>
    /// <param name="person">The bot's name of somebody, by id.</param>
    public static async Task<IReadOnlyList<KeyValuePair<string, string>>> AnswersAsync(JsonElement view, Func<string, Task<string>> person)
    {
        var answers = new List<KeyValuePair<string, string>>();
        foreach (var input in Members(view.Part("state").Part("values")))
        {
            foreach (var answer in Members(input.Value))
                answers.Add(KeyValuePair.Create(input.Name, await AnswerAsync(answer.Value, person)));
        }

        // Words first, options after them, whatever order Slack keeps them in.
        return [.. answers.OrderBy(answer => answer.Key.StartsWith("option.", StringComparison.Ordinal))];
    }

    private static async Task<string> AnswerAsync(JsonElement answer, Func<string, Task<string>> person) =>
        answer.Text("type") switch
        {
            "static_select" or "external_select" => answer.Part("selected_option").Text("value") ?? "",
            "checkboxes" => answer.Part("selected_options") is { ValueKind: JsonValueKind.Array } ticked && ticked.GetArrayLength() > 0
                ? "true"
                : "",
            "users_select" => answer.Text("selected_user") is { Length: > 0 } user ? "@" + await person(user) : "",
            _ => answer.Text("value") ?? "",
        };

    private static IEnumerable<JsonProperty> Members(JsonElement element) =>
        element.ValueKind is JsonValueKind.Object ? element.EnumerateObject() : Enumerable.Empty<JsonProperty>();

    private static Block Input(FormField field) =>
        new InputBlock(
            SlackText.Plain(field.Label, MostLabel),
            ElementOf(field) with
            {
                ActionId = field.Kind switch
                {
                    FormFieldKind.Incident => IncidentAction,
                    FormFieldKind.Group => GroupAction,
                    _ => ActionId,
                },
            }
        )
        {
            BlockId = (field.Positional ? "positional." : "option.") + field.Name,
            Optional = field.Required ? null : true,
            Hint = HintOf(field) is { Length: > 0 } hint ? SlackText.Plain(hint, MostLabel) : null,
        };

    private static Element ElementOf(FormField field) =>
        field.Kind switch
        {
            // What would have to be cut could not be told apart: then it is typed.
            FormFieldKind.Choice when IsMenu(field) => Choice(field),
            FormFieldKind.Incident or FormFieldKind.Group => new ExternalSelectElement(0),
            FormFieldKind.Flag => Tick(field),
            FormFieldKind.Person => new UsersSelectElement(),
            FormFieldKind.Number => new NumberInputElement(true) { InitialValue = IsNumber(field.Default) ? field.Default : null },
            _ => new PlainTextInputElement
            {
                InitialValue = field.Default is { Length: > 0 } known ? SlackText.Cut(known, MostAnswer) : null,
                Multiline = field.Kind is FormFieldKind.LongText ? true : null,
                MaxLength = MostAnswer,
            },
        };

    private static bool IsMenu(FormField field) => field.Choices is { Count: > 0 and <= MostChoices } && field.Choices.All(Fits);

    private static string HintOf(FormField field) =>
        field.Kind is FormFieldKind.Choice && field.Choices.Count > 0 && !IsMenu(field)
            ? $"{field.Hint} One of {field.Choices.Count}, written as it is: {string.Join(", ", field.Choices)}".TrimStart()
            : field.Hint ?? "";

    // Slack refuses the whole form for a default that is none.
    private static bool IsNumber(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);

    private static bool Fits(string choice) => choice.Length > 0 && SlackText.Escape(choice).Length <= MostChoice;

    private static StaticSelectElement Choice(FormField field)
    {
        var options = field.Choices.Select(choice => new Option(SlackText.Plain(choice, MostChoice), choice)).ToList();
        return new StaticSelectElement(options) { InitialOption = options.Find(option => option.Value == field.Default) };
    }

    private static CheckboxesElement Tick(FormField field)
    {
        Option yes = new(new PlainText("Yes"), "true");
        return new CheckboxesElement([yes]) { InitialOptions = field.Default is "true" ? [yes] : null };
    }
}
