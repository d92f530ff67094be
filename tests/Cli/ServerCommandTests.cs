using Bot.Access;
using Bot.Cli;
using Tests.Support;

namespace Tests.Cli;

/// <summary>The command line against a running bot: results and exit codes.</summary>
public sealed class ServerCommandTests : IAsyncLifetime
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

    private Task<Typed> AtServerAsync(params string[] args) =>
        Typed.HereAsync([.. args, "--server", bot.Address.ToString(), "--token", token]);
}
