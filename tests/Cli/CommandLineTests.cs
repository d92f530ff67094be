using System.CommandLine;
using System.Text.Json;
using Bot.Access;
using Bot.Cli;
using Bot.Intake;
using Tests.Support;

namespace Tests.Cli;

/// <summary>The command line against a running bot: results, exit codes, and what is said of a slip.</summary>
public sealed class CommandLineTests : IAsyncLifetime
{
    private BotUnderTest bot = null!;
    private string token = "";

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync();
        var admin = await bot.TokenAsync(Role.Admin);
        token = admin.DefaultRequestHeaders.Authorization!.Parameter!;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

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
    public async Task People_and_tokens_come_are_listed_and_go()
    {
        (await AtServerAsync("user", "invite", "anna", "--role", "responder", "--groups", "sre,db")).Output.ShouldContain(
            bot.Address + "sign-in/"
        );
        var made = await AtServerAsync("token", "create", "--name", "ci", "--role", "viewer", "--format", "json");
        var ci = bot.WithToken(made.Json.GetProperty("token").GetString()!);
        (await BotUnderTest.JsonAsync(ci, "/api/v1/incidents")).GetProperty("items").GetArrayLength().ShouldBe(0);

        (await AtServerAsync("user", "list")).Output.ShouldContain("anna  responder  sre,db");
        var users = (await AtServerAsync("user", "list", "--format", "json")).Json.GetProperty("items");
        users.EnumerateArray().Single().GetProperty("groups").EnumerateArray().Select(group => group.GetString()).ShouldBe(["sre", "db"]);
        (await AtServerAsync("token", "list")).Output.ShouldContain("ci");

        (await AtServerAsync("token", "revoke", "ci")).Exit.ShouldBe(CommandLine.Success);
        (await AtServerAsync("token", "revoke", "ci")).ShouldSatisfyAllConditions(
            again => again.Exit.ShouldBe(CommandLine.Failure),
            again => again.Error.ShouldContain("There is no token ci.")
        );
        (await AtServerAsync("user", "remove", "anna")).Exit.ShouldBe(CommandLine.Success);
        (await AtServerAsync("user", "list")).Output.ShouldNotContain("anna");
    }

    [Fact]
    public async Task What_one_could_type_in_chat_can_be_said_and_its_timeline_read_and_verified()
    {
        (await AtServerAsync("say", "/incident declare Checkout is down --severity 2")).Exit.ShouldBe(CommandLine.Success);
        (await AtServerAsync("say", "/incident severity 1", "--channel", "inc-1")).Output.ShouldContain("sev2 → sev1");
        (await AtServerAsync("say", "/incident severity 9", "--channel", "inc-1")).ShouldSatisfyAllConditions(
            slip => slip.Exit.ShouldBe(CommandLine.Failure),
            slip => slip.Error.ShouldContain("'9'")
        );

        (await AtServerAsync("timeline", "export", "inc-1")).Output.ShouldContain("Declared: Checkout is down (sev2)");
        (await AtServerAsync("timeline", "verify", "inc-1")).Output.ShouldContain("whole");
        (await AtServerAsync("timeline", "verify", "inc-9")).Exit.ShouldBe(CommandLine.Failure);
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_does_not_know_the_token_is_said_in_a_sentence()
    {
        var nobody = await Typed.HereAsync("user", "list", "--server", $"http://127.0.0.1:{Loopback.FreePort()}");
        nobody.Exit.ShouldBe(CommandLine.Failure);
        nobody.Error.ShouldContain("could not be reached");

        var stranger = await Typed.HereAsync("user", "list", "--server", bot.Address.ToString(), "--token", "nobody's");
        stranger.Exit.ShouldBe(CommandLine.Failure);
        stranger.Error.ShouldContain("API token");
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

    private Task<Typed> AtServerAsync(params string[] args) =>
        Typed.HereAsync([.. args, "--server", bot.Address.ToString(), "--token", token]);

    private static string Keys(JsonElement properties) => string.Join(", ", properties.EnumerateObject().Select(property => property.Name));

    private static IEnumerable<string[]> Paths(Command command, string[] path) =>
        command.Subcommands.SelectMany(child => Paths(child, [.. path, child.Name])).Prepend(path);
}
