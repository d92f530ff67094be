using System.Text.Json;
using Bot;
using Bot.Cli.Runbooks;
using Bot.Runs;
using Json.Schema;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Testing;
using Tests.Support;

namespace Tests.Runbooks;

/// <summary>The schema and the readers take the same and refuse the same.</summary>
public sealed class LanguageSchemaTests
{
    private const string Action = "test/once@1";
    private static readonly JsonSchema Runbooks = JsonSchema.FromText(LanguageSchema.OfRunbooks(Bench.Actions).ToJsonString());
    private static readonly JsonSchema Tests = JsonSchema.FromText(LanguageSchema.OfTests().ToJsonString());

    private static readonly RunbookDefinition Tested = Bench.Read(
        """
        runbook: a
        inputs: { a: {} }
        steps: [ { id: a, uses: test/once@1, approve: true } ]
        """
    );

    [Fact]
    public void Every_key_of_a_runbook_is_taken_by_both() =>
        Taken(Language.Runbook, Runbooks, text => new RunbookReader(Bench.Actions).Read(text).Problems).ShouldBeGreaterThan(150);

    [Fact]
    public void Every_wrong_value_in_a_runbook_is_refused_by_both() =>
        Refused(Language.Runbook, Runbooks, text => new RunbookReader(Bench.Actions).Read(text).Problems).ShouldBeGreaterThan(200);

    [Fact]
    public void Every_key_of_a_test_is_taken_by_both() =>
        Taken(TestLanguage.Test, Tests, text => TestReader.Read(text, Tested).Problems).ShouldBeGreaterThan(40);

    [Fact]
    public void Every_wrong_value_in_a_test_is_refused_by_both() =>
        Refused(TestLanguage.Test, Tests, text => TestReader.Read(text, Tested).Problems).ShouldBeGreaterThan(40);

    [Fact]
    public void A_key_that_the_readers_ask_for_stands_in_the_language()
    {
        var fields = Fields.Of(new YamlTree.Mapping([], 1, 1), new Problems(), Language.Limits);

        Should
            .Throw<InvalidOperationException>(() => fields.Time("patience"))
            .Message.ShouldContain("'patience' is not among the keys of 'limits'");
    }

    [Theory]
    [InlineData("{ uses: test/once@1, with: { waht: x } }")]
    [InlineData("{ uses: test/once@1, run: echo }")]
    [InlineData("{ wait: { for: 5m, until: 'true' } }")]
    [InlineData("{ name: nothing to do }")]
    [InlineData("{ uses: test/once@1, undo: { name: nothing } }")]
    [InlineData("{ uses: chat/ask@1 }")]
    [InlineData("{ uses: chat/ask@1, with: { text: Which? } }")]
    [InlineData("{ uses: chat/ask@1, with: { text: Which?, inputs: { a: { tpye: string } } } }")]
    [InlineData("{ uses: chat/ask@1, with: { text: Which?, inputs: { a: {} }, form: oncall } }")]
    [InlineData("{ uses: test/once@1, check: { uses: chat/ask@1, with: { text: Which?, inputs: { a: {} } } } }")]
    [InlineData("{ uses: test/once@1, undo: { uses: chat/ask@1, with: { text: Which?, inputs: { a: {} } } } }")]
    public void What_does_not_fit_together_is_refused_by_both(string step)
    {
        var text = $"runbook: a\nsteps: [ {step} ]";

        new RunbookReader(Bench.Actions).Read(text).Problems.ShouldNotBeEmpty();
        Valid(Runbooks, text).ShouldBeFalse();
    }

    [Theory]
    [InlineData("url: http://a.b/, ok: [200, 204], follow-redirects: true, headers: { X-Count: 5 }, json: { a: [1] }, body: 7", null)]
    [InlineData("url: http://a.b/, ok: \"${{ inputs.codes }}\", follow-redirects: \"${{ inputs.codes }}\"", null)]
    [InlineData("url: http://a.b/, ok: 200", "The argument 'ok' of 'http/request@1' must be a list.")]
    [InlineData("url: http://a.b/, ok: [fine]", "The argument 'ok' of 'http/request@1' must be a list.")]
    [InlineData("url: http://a.b/, follow-redirects: maybe", "The argument 'follow-redirects' of 'http/request@1' must be true or false.")]
    [InlineData("url: [http://a.b/]", "The argument 'url' of 'http/request@1' must be a text.")]
    [InlineData("url: http://a.b/, headers: none", "The argument 'headers' of 'http/request@1' must be a mapping.")]
    [InlineData("method: GET", "'http/request@1' needs the argument 'url'.")]
    public async Task Arguments_of_an_action_are_held_against_its_record_by_both(string with, string? problem)
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        var schema = JsonSchema.FromText(LanguageSchema.OfRunbooks(workbench.Actions).ToJsonString());
        var text = $"runbook: a\ninputs: {{ codes: {{ type: list }} }}\nsteps: [ {{ uses: http/request@1, with: {{ {with} }} }} ]";

        workbench.Reader.Read(text).Problems.Select(one => one.Message).ShouldBe(problem is null ? [] : [problem]);
        Valid(schema, text).ShouldBe(problem is null);
    }

    [Fact]
    public async Task What_ships_is_valid()
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        var schema = JsonSchema.FromText(LanguageSchema.OfRunbooks(workbench.Actions).ToJsonString());
        var files = Directory.GetFiles(Path.Combine(SourceTree.Root, "runbooks", "library"), "*.yaml");

        files.Where(file => !Valid(RunbookTree.IsTest(file) ? Tests : schema, File.ReadAllText(file))).ShouldBeEmpty();
        files.Length.ShouldBeGreaterThan(3);
    }

    private static int Taken(Place root, JsonSchema schema, Func<string, IReadOnlyList<DefinitionProblem>> read)
    {
        var samples = new SchemaSamples(root, Action);
        var taken = 0;
        foreach (var (place, around) in samples.Places())
        {
            foreach (var (key, value) in place.Keys.SelectMany(key => samples.Right(place, key).Select(value => (key, value))))
            {
                var document = around(samples.With(place, key, value)).ToJsonString();
                taken++;
                Accepts(schema, document).ShouldBeTrue($"{place.What}, '{key.Name}': the schema refuses {document}");
                read(document).Where(problem => IsOfShape(problem, key)).ShouldBeEmpty(document);
            }
        }

        return taken;
    }

    private static int Refused(Place root, JsonSchema schema, Func<string, IReadOnlyList<DefinitionProblem>> read)
    {
        var samples = new SchemaSamples(root, Action);
        var refused = 0;
        foreach (var (place, around) in samples.Places())
        {
            foreach (var (key, value) in place.Keys.SelectMany(key => SchemaSamples.Wrong(key.Shape).Select(value => (key, value))))
            {
                var document = around(samples.With(place, key, value)).ToJsonString();
                var without = around(samples.With(place, key, samples.Right(place, key).First())).ToJsonString();
                refused++;
                Accepts(schema, document).ShouldBeFalse($"{place.What}, '{key.Name}': the schema takes {document}");
                read(document)
                    .Select(problem => problem.Message)
                    .Except(read(without).Select(problem => problem.Message))
                    .ShouldNotBeEmpty($"{place.What}, '{key.Name}': the reader takes {document}");
            }
        }

        return refused;
    }

    // Others are about how keys go together, which one alone cannot do right.
    private static bool IsOfShape(DefinitionProblem problem, Key key) =>
        problem.Message.StartsWith("Unknown key", StringComparison.Ordinal)
        || problem.Message.StartsWith($"'{key.Name}' must", StringComparison.Ordinal)
        || problem.Message.StartsWith($"'{key.Name}' is one of", StringComparison.Ordinal)
        || problem.Message.StartsWith($"'{key.Name}' takes", StringComparison.Ordinal);

    private static bool Valid(JsonSchema schema, string yaml)
    {
        var problems = new List<DefinitionProblem>();
        var tree = YamlTree.Parse(yaml, problems).ShouldNotBeNull(string.Join('\n', problems));
        return Accepts(schema, Values.ToJson(tree.ToValue()).GetRawText());
    }

    private static bool Accepts(JsonSchema schema, string json) => schema.Evaluate(JsonElement.Parse(json)).IsValid;
}
