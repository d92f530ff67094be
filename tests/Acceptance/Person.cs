using System.Net;
using System.Text.RegularExpressions;
using Tests.Support;

namespace Tests.Acceptance;

/// <summary>Somebody who is signed in at the console.</summary>
internal sealed partial class Person(Stage stage, HttpClient browser)
{
    public HttpClient Browser { get; } = browser;

    /// <summary>Types a line in an incident's channel, or outside of any; it must be accepted.</summary>
    /// <returns>What the bot answers.</returns>
    public async Task<string> Types(string text, string? channel = "inc-1")
    {
        var reply = await BotUnderTest.SayAsync(Browser, text, channel);
        await stage.SettlesAsync();
        return reply;
    }

    /// <summary>Types a line and is told why not.</summary>
    public async Task IsRefused(string text, string why, string? channel = "inc-1")
    {
        var (accepted, reply) = await BotUnderTest.TrySayAsync(Browser, text, channel);
        reply.ShouldBe(why, text);
        accepted.ShouldBeFalse(text);
    }

    /// <summary>Presses a button below the channel, with what its form asks for: <c>("text", "All good")</c>.</summary>
    public async Task Presses(string button, string channel, params (string Field, string Answer)[] answers)
    {
        var page = "/console/" + channel;
        var html = await Browser.GetStringAsync(new Uri(page, UriKind.Relative));
        var form =
            Forms().Matches(html).Select(match => match.Value).FirstOrDefault(form => Says(form, button))
            ?? throw new ShouldAssertException($"There is no button '{button}' in #{channel}, only: {string.Join(", ", Labels(html))}");
        var command = WebUtility.HtmlDecode(CommandField().Match(form).Groups["value"].Value);
        var fields = answers.Select(answer =>
        {
            var name = FieldName()
                .Matches(form)
                .Select(match => match.Groups["name"].Value)
                .FirstOrDefault(name => name.EndsWith("." + answer.Field, StringComparison.Ordinal));
            return KeyValuePair.Create(
                name ?? throw new ShouldAssertException($"The form of '{button}' does not ask for {answer.Field}."),
                answer.Answer
            );
        });
        using var answered = await BotUnderTest.PostFormAsync(
            Browser,
            page,
            "/say",
            [new("channel", channel), new("text", command), new("return", page), .. fields]
        );
        answered.StatusCode.ShouldBe(HttpStatusCode.Redirect, await answered.Content.ReadAsStringAsync());
        await stage.SettlesAsync();
    }

    // A button is its own label, or the summary before the sheet with its form.
    private static bool Says(string form, string button) =>
        Label().Matches(form).Any(label => WebUtility.HtmlDecode(label.Groups["label"].Value).Trim() == button);

    private static IEnumerable<string> Labels(string html) =>
        Forms()
            .Matches(html)
            .SelectMany(form => Label().Matches(form.Value))
            .Select(label => label.Groups["label"].Value.Trim())
            .Distinct();

    [GeneratedRegex(
        "(<summary class=\"button[^>]*>[^<]*</summary>\\s*<div[^>]*>\\s*)?<form.*?</form>",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline,
        1000
    )]
    private static partial Regex Forms();

    [GeneratedRegex("<(summary|button) class=\"button[^>]*>(?<label>[^<]*)</", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex("name=\"text\" value=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommandField();

    [GeneratedRegex("name=\"(?<name>(positional|option)\\.[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FieldName();
}
