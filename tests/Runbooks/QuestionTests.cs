using System.Text.Json;
using System.Text.RegularExpressions;
using Bot.Cli.Runbooks;
using Bot.Commands;
using Integrations;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Testing;

namespace Tests.Runbooks;

/// <summary>What a question shows of its answers' rules, and what its defaults see.</summary>
public sealed class QuestionTests
{
    private static readonly IReadOnlyList<InputDefinition> Asked = new RunbookReader(new Dictionary<string, IStepAction>())
        .Read(
            """
            runbook: asks
            inputs: { count: { type: integer, default: 3 } }
            steps:
              - ask:
                  text: How many?
                  inputs:
                    many: { type: integer, minimum: 1, maximum: 5, default: "${{ inputs.count }}" }
                    size: { enum: [small, large], required: true }
                    sure: { type: boolean, default: false }
            """
        )
        .Definition!.Steps[0]
        .Ask!.Inputs;

    [Fact]
    public void A_default_sees_the_inputs_of_the_runbook_that_asks()
    {
        var (answers, problems) = InputResolver.Resolve(Asked, Json("""{"size":"small"}"""), null, null, Json("""{"count":4}"""));

        problems.ShouldBeEmpty();
        answers!.Value.GetProperty("many").GetInt32().ShouldBe(4);
    }

    [Fact]
    public void A_question_is_the_same_under_the_name_of_an_action()
    {
        var byKey = Played("ask");
        var byAction = Played("uses: chat/ask@1\n    with");

        byAction.Problems.ShouldBeEmpty(Bench.Told(byAction));
        Facts(byAction).ShouldBe(Facts(byKey));
    }

    [Fact]
    public void The_rules_of_each_answer_are_told()
    {
        var wait = JsonSerializer.SerializeToElement(new { evidence = InputSchema.Questions(Asked) });

        WaitText
            .Evidence(wait)
            .ShouldBe([
                "many: integer, minimum 1, maximum 5",
                "size: string, one of small large, required",
                "sure: boolean, default false",
            ]);
    }

    [Fact]
    public void A_page_asks_by_fields_of_their_kinds_and_reads_their_answers_so()
    {
        var wait = new StepWait(WaitKind.Answer, "hash", [], "How many?", InputSchema.Questions(Asked), DateTimeOffset.UnixEpoch, null);
        var questions = RunQuestions.Of(wait);

        RunQuestions
            .Fields(questions)
            .Select(field => (field.Name, field.Kind, field.Required, field.Default))
            .ShouldBe([
                ("many", FormFieldKind.Number, false, null),
                ("size", FormFieldKind.Choice, true, null),
                ("sure", FormFieldKind.Choice, false, "false"),
            ]);
        RunQuestions
            .Read(
                questions,
                new Dictionary<string, string>
                {
                    ["many"] = "",
                    ["size"] = "small",
                    ["sure"] = "true",
                }
            )
            .GetRawText()
            .ShouldBe("""{"size":"small","sure":true}""");
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    // Two texts have two hashes.
    private static string Facts(CaseResult played) =>
        Regex.Replace(Bench.Told(played), "[0-9a-f]{32,}", "HASH", RegexOptions.None, TimeSpan.FromSeconds(1));

    private static CaseResult Played(string asks) =>
        Bench.Play(
            $$$"""
            runbook: r
            inputs: { of: { default: shops } }
            steps:
              - id: many
                {{{asks}}}: { text: "How many of ${{ inputs.of }}?", inputs: { count: { type: integer, maximum: 5 } }, from: oncall, expires: 10m }
              - { id: act, uses: test/once@1, if: steps.many.outputs.count == 3 }
            """,
            """
            test: r
            cases:
              - name: c
                clicks:
                  - { step: many, decision: answer, by: anna, groups: [others], answers: { count: 3 } }
                  - { step: many, decision: answer, by: anna, groups: [oncall], answers: { count: 6 } }
                  - { step: many, decision: answer, by: anna, groups: [oncall], answers: { count: 3 } }
                expect: { run: succeeded, effects: { act: 1 } }
            """
        );
}
