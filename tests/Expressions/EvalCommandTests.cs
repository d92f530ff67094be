using System.CommandLine;
using System.Text.Json.Nodes;
using Bot.Cli;

namespace Tests.Expressions;

public sealed class EvalCommandTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("eval");

    [Fact]
    public async Task Every_line_of_a_batch_gets_a_line_in_order()
    {
        var (code, lines, _) = await BatchAsync(
            """{"expr": "github.ref", "contexts": {"github": {"ref": "main"}}}""",
            """{"expr": "1 <"}""",
            "",
            """{"expr": "\"x\"", "contexts": null}""",
            """{"expr": "fromJSON('{')", "more": "is left alone"}""",
            """{"expr": "fromJSON('[1, {\"a\": null}]')"}"""
        );

        code.ShouldBe(0);
        lines.Select(line => (string?)(line["kind"] ?? line["error"])).ShouldBe(["String", "parsing", "lexing", "evaluation", "Array"]);
        ((string?)lines[0]["value"]).ShouldBe("main");
        lines[4]["value"]!.ToJsonString().ShouldBe("""[1,{"a":null}]""");
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    public async Task What_JSON_cannot_say_is_null_with_its_text(string number)
    {
        var (_, lines, _) = await BatchAsync($$"""{"expr": "{{number}}"}""");

        lines[0].ToJsonString().ShouldBe($$"""{"kind":"Number","value":null,"text":"{{number}}"}""");
    }

    [Fact]
    public async Task Conditions_know_the_status_of_their_line()
    {
        var (_, lines, _) = await BatchAsync(
            """{"expr": "success() || always() && 'x'"}""",
            """{"expr": "failure()", "status": "failure"}""",
            """{"expr": "cancelled()", "status": "cancelled"}""",
            """{"expr": "success()", "status": "cancelled"}"""
        );

        lines.Select(line => (bool)line["value"]!).ShouldBe([true, true, true, false]);
    }

    [Theory]
    [InlineData("not json", "Line 2: it is not JSON")]
    [InlineData("[1]", "Line 2: it is not a JSON object")]
    [InlineData("{}", "Line 2: it has no \"expr\"")]
    [InlineData("""{"expr": 1}""", "Line 2: it has no \"expr\"")]
    [InlineData("""{"expr": "1", "contexts": []}""", "Line 2: \"contexts\" is not an object")]
    [InlineData("""{"expr": "1", "status": "fine"}""", "Line 2: \"status\" is one of")]
    public async Task A_malformed_line_says_which_and_why_and_the_others_are_evaluated(string malformed, string message)
    {
        var (code, lines, _) = await BatchAsync("""{"expr": "1"}""", malformed, """{"expr": "2"}""");

        code.ShouldBe(1);
        lines.Count.ShouldBe(3);
        ((string?)lines[1]["error"]).ShouldBe("parsing");
        ((string?)lines[1]["message"])!.ShouldStartWith(message);
        ((int)lines[2]["value"]!).ShouldBe(2);
    }

    [Fact]
    public async Task One_expression_prints_its_value()
    {
        (await RunAsync("runbook", "eval", "format('{0}-{1}', len('äöü'), upper('x'))")).ShouldBe((0, "3-X\n", ""));
        (await RunAsync("runbook", "eval", "fromJSON('[1, \"a\"]')")).ShouldBe((0, "[1,\"a\"]\n", ""));
        (await RunAsync("runbook", "eval", "1 == 1", "--format", "json")).ShouldBe((0, """{"kind":"Boolean","value":true}""" + "\n", ""));
    }

    [Fact]
    public async Task One_expression_takes_contexts_from_a_file()
    {
        var file = Write("contexts.json", """{"inputs": {"shard": "shop"}}""");

        (await RunAsync("runbook", "eval", "inputs.SHARD", "--contexts", file)).Out.ShouldBe("shop\n");
        (await RunAsync("runbook", "eval", "inptus.shard", "--contexts", file)).Error.ShouldBe(
            "Unrecognized named-value: 'inptus'. Located at position 1 within expression: inptus.shard. "
                + "Did you mean 'inputs'? Known here: inputs.\n"
        );
    }

    [Fact]
    public async Task Wrong_usage_is_told()
    {
        (await RunAsync("runbook", "eval")).Code.ShouldBe(2);
        (await RunAsync("runbook", "eval", "1", "--batch", "x")).Code.ShouldBe(2);
        (await RunAsync("runbook", "eval", "--batch", Path.Combine(folder.FullName, "none.jsonl"))).Code.ShouldBe(2);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private async Task<(int Code, IReadOnlyList<JsonObject> Lines, string Error)> BatchAsync(params string[] lines)
    {
        var (code, written, error) = await RunAsync("runbook", "eval", "--batch", Write("batch.jsonl", string.Join('\n', lines)));
        return (
            code,
            [.. written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())],
            error
        );
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        var (written, wrong) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.Build().Parse(args).InvokeAsync(new InvocationConfiguration { Output = written, Error = wrong });
        return (code, written.ToString(), wrong.ToString());
    }
}
