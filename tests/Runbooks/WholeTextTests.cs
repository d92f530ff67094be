using System.Text.Json;
using Runbooks.Planning;

namespace Tests.Runbooks;

public sealed class WholeTextTests
{
    [Fact]
    public void Of_very_many_calls_the_first_ones_are_shown_and_the_others_counted()
    {
        var script = new string('x', 10_000);

        var shown = WholeCall.Shown(
            Enumerable.Range(0, 1_500).Select(target => new WholeCall($"each[{target}]", Shell: "sh", Run: script))
        );

        shown.Count.ShouldBe(102);
        shown[^2].Step.ShouldBe("each[100]");
        shown[^1].ShouldBe(new WholeCall("… and 1,399 more"));
        WholeText.Of(shown).ShouldEndWith("# … and 1,399 more");
        WholeCall.Shown(shown.Take(2)).Count.ShouldBe(2);
    }

    [Fact]
    public void A_call_is_written_as_in_a_runbook_with_all_lines_of_its_texts()
    {
        var call = new WholeCall(
            "act",
            Uses: "ssh/run@1",
            With: JsonElement.Parse("""{"host":"db-1","port":22,"command":"one\n\n  two\n","list":["a",1],"none":null,"empty":""}""")
        )
        {
            Undo = new WholeCall("act.undo", Shell: "bash", Env: JsonElement.Parse("{}"), Run: "undo it"),
        };

        WholeText
            .Of([call])
            .ShouldBe(
                """
                uses: ssh/run@1
                with:
                  host: db-1
                  port: 22
                  command: |
                    one

                      two
                  list:
                    - a
                    - 1
                  none: null
                  empty: ""
                undo:
                  shell: bash
                  run: undo it
                """.ReplaceLineEndings("\n")
            );
    }

    [Fact]
    public void Nothing_in_it_hides_from_who_reads_it()
    {
        var call = new WholeCall("act", Shell: "sh", Run: "ok # \u001b[2K\rrm -rf / \u202e\u200b\u2028\U000e0041\tend");

        WholeText.Of([call]).ShouldContain("ok # \\u001b[2K\\u000drm -rf / \\u202e\\u200b\\u2028\\ue0041\tend");
    }

    [Theory]
    [InlineData("on ops@db-1 run: uptime", true)]
    [InlineData("on db-1 run: uptime", false)]
    [InlineData("on ops@db-1 run: upt…", false)]
    public void A_line_says_all_of_a_call_only_if_each_of_its_values_stands_in_it(string line, bool says) =>
        WholeText
            .IsSaidBy(
                line,
                [new WholeCall("act", With: JsonElement.Parse("""{"host":"db-1","user":"ops","command":"uptime\n","port":null}"""))]
            )
            .ShouldBe(says);
}
