using System.Text.Json;
using Bot.Cli.Runbooks;
using Bot.Commands;
using Integrations;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

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
}
