using Bot;
using Bot.Cli.Runbooks;
using Runbooks.Definition;
using Runbooks.Planning;

namespace Tests.Library;

/// <summary>
/// What ships changes no system without somebody's word. A step that acts has <c>approve</c>, or is in a group that has it, or says in the
/// comment above it why not: <c># Agreed to with …</c> (an earlier step's approval is about it, too), or <c># Nobody is asked: …</c>.
/// </summary>
public sealed class AgreedStepsTests
{
    public static TheoryData<string> Names => [.. Shipped.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_step_that_acts_is_agreed_to_or_says_why_nobody_is_asked(string name)
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        var text = await File.ReadAllTextAsync(Shipped.FileOf(name));
        var (definition, problems) = workbench.Reader.Read(text);
        problems.ShouldBeEmpty();

        var silent = new Reading(workbench, text.Split('\n')).Unagreed([.. definition!.Steps, .. definition.Finally], agreed: false);

        silent
            .Select(step => $"{name}, step {step.Id} (line {step.Line}): add `approve`, or `# Nobody is asked: …` above it")
            .ShouldBeEmpty();
    }

    private sealed class Reading(Workbench workbench, string[] lines)
    {
        public IEnumerable<StepDefinition> Unagreed(IEnumerable<StepDefinition> steps, bool agreed) =>
            steps.SelectMany(step => Unagreed(step, agreed));

        private IEnumerable<StepDefinition> Unagreed(StepDefinition step, bool agreed)
        {
            var asked = agreed || step.Approve is not null;
            if (!asked && RunbookGlance.Acts(step, workbench.Actions) && !SaysWhy(step))
                yield return step;
            // What is taken back is another decision than what was done.
            var undone = step.Undo is { } undo ? Unagreed(undo, agreed: false) : [];
            var parts = Unagreed(step.Parallel ?? [], asked).Concat(step.EachTarget is { } each ? Unagreed(each, asked) : []);
            foreach (var part in parts.Concat(undone))
                yield return part;
        }

        private bool SaysWhy(StepDefinition step)
        {
            var above = lines
                .Take(step.Line - 1)
                .Reverse()
                .SkipWhile(line => line.Trim() is "undo:")
                .TakeWhile(line => line.TrimStart().StartsWith('#'));
            var said = string.Join(' ', above.Reverse().Select(line => line.Trim(' ', '#')));
            return said.Contains("Nobody is asked: ", StringComparison.Ordinal)
                || (
                    said.Contains("Agreed to with ", StringComparison.Ordinal)
                    && lines.Take(step.Line - 1).Any(line => line.TrimStart().StartsWith("approve:", StringComparison.Ordinal))
                );
        }
    }
}
