using Tests.Cli;
using Tests.Servers;

namespace Tests.Library;

/// <summary>A PostgreSQL whose sessions the bot may not see is no PostgreSQL that has room.</summary>
public sealed class UnseenSessionsTests
{
    [Fact]
    public async Task A_role_that_sees_its_own_session_alone_does_not_find_that_there_is_room()
    {
        PostgresServer.Shared.Execute("postgres", "create role counts_itself login");

        var typed = await Typed.InProcessAsync(
            new Dictionary<string, string> { ["POSTGRES_ADMIN_PASSWORD"] = PlanStage.Secret },
            [
                "runbook",
                "plan",
                Shipped.FileOf("postgres-connections-exhausted"),
                "--input",
                "connection=" + PostgresStage.For(PostgresServer.Shared, "counts_itself"),
                "--input",
                "server=" + PostgresStage.NameOf(PostgresServer.Shared),
                "--format",
                "json",
            ]
        );

        var sees = typed.Json.GetProperty("steps").EnumerateArray().Single(step => step.GetProperty("step").GetString() is "sees");
        sees.GetProperty("outcome").GetString().ShouldBe("failure", typed.Output);
        sees.GetProperty("result").GetProperty("rows")[0].GetProperty("role").GetString().ShouldBe("counts_itself", typed.Output);
    }
}
