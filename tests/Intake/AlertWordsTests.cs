using Bot.Alerts;

namespace Tests.Intake;

/// <summary>What is shown of an alert is bounded, in the order of its use, and tells no secret.</summary>
public sealed class AlertWordsTests
{
    [Fact]
    public void Without_anything_said_it_still_has_a_name()
    {
        var words = AlertWords.Of("{}", "{}", null);
        words.Name.ShouldBe("unnamed");
        words.Labels.ShouldBeEmpty();
        words.Links.ShouldBeEmpty();
        words.InShort.ShouldBe("unnamed");
    }

    [Fact]
    public void The_description_is_the_summary_where_there_is_none()
    {
        var words = AlertWords.Of("""{"alertname":"Disk"}""", """{"description":"full"}""", null);
        words.Summary.ShouldBe("full");
        words.Description.ShouldBeNull();
        words.InShort.ShouldBe("Disk: full");
    }

    [Theory]
    [InlineData("https://g.example.com/?a=1&auth_token=abc&b=2", "https://g.example.com/?a=1&auth_token=***&b=2")]
    [InlineData("https://ann:pw@g.example.com/d/7", "https://g.example.com/d/7")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("ftp://g.example.com/d/7", null)]
    public void An_address_is_a_link_of_the_web_without_secrets(string address, string? shown) =>
        AlertWords.Of("{}", $$"""{"logsUrl":"{{address}}"}""", null).Links.ShouldBe(shown is null ? [] : [new AlertLink("Logs", shown)]);

    [Fact]
    public void Links_have_names_and_the_runbook_comes_first()
    {
        const string annotations = """
            {"logs":"https://l.example.com/","dashboardURL":"https://d.example.com/","runbook-url":"https://r.example.com/"}
            """;
        AlertWords
            .Of("{}", annotations, "http://p.example.com/graph")
            .Links.Select(link => link.Name)
            .ShouldBe(["Runbook", "Dashboard", "Logs", "Source"]);
    }

    [Fact]
    public void What_is_too_long_is_cut_and_an_address_left_out()
    {
        var words = AlertWords.Of(
            $$"""{"alertname":"{{new string('n', 500)}}","pod":"{{new string('p', 500)}}"}""",
            $$"""{"summary":"{{new string('s', 5000)}}"}""",
            "http://p.example.com/" + new string('x', 2000)
        );
        words.Name.Length.ShouldBe(160);
        words.Labels[0].Value.Length.ShouldBe(160);
        words.Summary!.Length.ShouldBe(1_500);
        words.Links.ShouldBeEmpty();
    }
}
