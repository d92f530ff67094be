using System.CommandLine;
using System.Text.Json;
using Bot.Cli;
using Bot.Intake;

namespace Tests.Cli;

/// <summary>What the command line says by itself: its help, and what is wrong with what was typed.</summary>
public sealed class UsageTests
{
    [Fact]
    public async Task Every_command_has_a_help_of_its_own()
    {
        foreach (var path in Paths(CommandLine.Build(), []))
        {
            var help = await Typed.HereAsync([.. path, "--help"]);
            help.Exit.ShouldBe(CommandLine.Success);
            help.Output.ShouldContain("Usage:");
            help.Output.ShouldContain(string.Join(' ', path));
        }
    }

    [Theory]
    [InlineData("'bogus'", "bogus")]
    [InlineData("'bogus'", "bogus", "--help")]
    [InlineData("'bogus'", "user", "bogus", "--help")]
    [InlineData("'say'", "say")]
    [InlineData("--role", "user", "invite", "anna")]
    [InlineData("viewer, responder, approver or admin", "user", "invite", "anna", "--role", "boss")]
    [InlineData("source:NAME", "token", "create", "--name", "ci", "--role", "2")]
    [InlineData("'nonsense'", "user", "list", "--server", "nonsense")]
    [InlineData("'xml'", "user", "list", "--format", "xml")]
    [InlineData("inc-42", "say", "hello", "--channel", "general")]
    [InlineData("inc-42", "timeline", "export", "zz")]
    [InlineData("NAME=VALUE", "config", "explain", "foo")]
    [InlineData("alertmanager, generic", "alerts", "try", "nobody", "/dev/null")]
    [InlineData("/no/file", "alerts", "try", "alertmanager", "/no/file")]
    public async Task Wrong_usage_is_2_and_says_what_would_be_right(string said, params string[] args)
    {
        var typed = await Typed.HereAsync(args);

        typed.Exit.ShouldBe(CommandLine.WrongUsage, typed.Error);
        typed.Error.ShouldContain(said);
        typed.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_schema_of_the_configuration_knows_the_keys_that_its_readers_know()
    {
        var schema = (await Typed.HereAsync("config", "schema")).Json;
        var route = schema.GetProperty("$defs").GetProperty("route").GetProperty("properties");

        var (_, problems) = RouteFile.Read("routes.yaml", "routes:\n  - name: a\n    bogus: 1\n    page: { bogus: 1 }\n");

        string[] told =
        [
            $"Unknown key 'bogus'. Known: {Keys(route)}.",
            $"Unknown key 'bogus'. Known: {Keys(route.GetProperty("page").GetProperty("properties"))}.",
        ];
        problems.Select(problem => problem.Message).ShouldBe(told, ignoreOrder: true);
    }

    private static string Keys(JsonElement properties) => string.Join(", ", properties.EnumerateObject().Select(property => property.Name));

    private static IEnumerable<string[]> Paths(Command command, string[] path) =>
        command.Subcommands.SelectMany(child => Paths(child, [.. path, child.Name])).Prepend(path);
}
