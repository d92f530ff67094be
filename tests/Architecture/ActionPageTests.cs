using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bot;
using Bot.Cli.Runbooks;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Tests.Support;

namespace Tests.Architecture;

/// <summary>The reference pages of actions: those that lie in the repository are those that this build writes, and they are whole.</summary>
public sealed class ActionPageTests
{
    private const string Renew = "dotnet run --project bot -- runbook actions --out docs/actions";
    private static readonly string Folder = Path.Combine(SourceTree.Root, "docs", "actions");

    [Fact]
    public async Task The_pages_are_current_and_there_is_one_for_each_action()
    {
        var files = ActionsCommand.Files(await ActionsCommand.PagesAsync());

        Directory.GetFiles(Folder).Select(Path.GetFileName).ShouldBe(files.Keys, ignoreOrder: true, Renew);
        foreach (var (name, text) in files)
            (await File.ReadAllTextAsync(Path.Combine(Folder, name))).ShouldBe(text, Renew);
    }

    [Fact]
    public async Task Every_argument_and_every_part_of_a_result_is_described()
    {
        foreach (var page in await ActionsCommand.PagesAsync())
        {
            page.With.Concat(page.Result)
                .Where(field => field.Description.Length == 0)
                .Select(field => $"{page.Name} {field.Key}")
                .ShouldBeEmpty();
            page.Failures.ShouldNotBeEmpty(page.Name);
        }
    }

    [Fact]
    public async Task Every_action_shows_an_example_that_is_a_right_step_and_names_what_it_would_do()
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        foreach (var page in await ActionsCommand.PagesAsync())
        {
            page.Examples.ShouldNotBeEmpty(page.Name);
            foreach (var example in page.Examples)
            {
                var step = string.Join('\n', example.Step.Split('\n').Select(line => "    " + line));
                var runbook = $"runbook: example\ninputs:\n  password: {{ type: secret, ref: \"env:PASSWORD\" }}\nsteps:\n  -\n{step}\n";
                workbench.Reader.Read(runbook).Problems.ShouldBeEmpty($"{page.Name}: {runbook}");
                example.Step.ShouldContain(page.Name);
                example.Plan.ShouldNotBeNullOrWhiteSpace(page.Name);
                example.Plan.ShouldNotContain("inputs.password", Case.Sensitive, page.Name);
            }
        }
    }

    [Fact]
    public async Task Each_effect_that_an_action_may_have_is_shown_by_an_example()
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        var unshown = new List<string>();
        foreach (var action in workbench.Actions.Values)
        {
            var shown = action.Guide.Examples.Select(ArgumentsOf).ToList();
            var told = shown.Select(action.EffectOf).ToHashSet();
            unshown.AddRange(
                shown
                    .SelectMany(with => Changed(action, with))
                    .Where(with => !told.Contains(action.EffectOf(with)))
                    .Select(with => $"{action.Name} is {action.EffectOf(with)} with {with}")
            );
        }

        unshown.ShouldBeEmpty();
    }

    // With one argument left out, or another of its words in its place.
    private static IEnumerable<JsonElement> Changed(IStepAction action, JsonElement with)
    {
        foreach (var argument in ArgumentList.Of(action.Arguments))
        {
            var type = Nullable.GetUnderlyingType(argument.Type) ?? argument.Type;
            var words =
                type == typeof(bool) ? [JsonValue.Create(true), JsonValue.Create(false)]
                : type.IsEnum ? Enum.GetNames(type).Select(word => JsonValue.Create(JsonNamingPolicy.KebabCaseLower.ConvertName(word)))
                : argument
                    .Rules.OfType<AllowedValuesAttribute>()
                    .SelectMany(allowed => allowed.Values)
                    .Select(word => JsonValue.Create($"{word}"));
            foreach (var word in words)
                yield return Changed(with, argument.Key, word);
            if (!argument.Required)
                yield return Changed(with, argument.Key, null);
        }
    }

    private static JsonElement Changed(JsonElement with, string key, JsonValue? value)
    {
        var changed = JsonObject.Create(with)!;
        changed.Remove(key);
        if (value is not null)
            changed[key] = value;
        return JsonSerializer.SerializeToElement(changed);
    }

    private static JsonElement ArgumentsOf(string example) =>
        Values.ToJson(((YamlTree.Mapping)YamlTree.Parse(example, [])!)["with"]?.ToValue() ?? MapValue.Empty);

    [Fact]
    public async Task One_page_is_printed_and_a_wrong_name_is_told()
    {
        using var shown = new StringWriter();
        using var problems = new StringWriter();

        (await Bot.Cli.CommandLine.RunAsync(["runbook", "actions", "http/request"], shown, problems)).ShouldBe(Bot.Cli.CommandLine.Success);
        (await Bot.Cli.CommandLine.RunAsync(["runbook", "actions", "http/reqest"], shown, problems)).ShouldBe(Bot.Cli.CommandLine.Failure);

        shown.ToString().ShouldStartWith("# `http/request@1`");
        problems.ToString().ShouldContain("There is no action 'http/reqest'");
    }
}
