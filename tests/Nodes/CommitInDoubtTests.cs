using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Npgsql;
using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>The session dies while the server commits: whatever the server did is looked up before anybody is answered.</summary>
public sealed class CommitInDoubtTests : IAsyncLifetime
{
    private static readonly Actor Anna = Actor.User("anna");
    private readonly PostgresServer server = new();
    private string database = "";
    private string connection = "";
    private DeskUnderTest bot = null!;

    public async Task InitializeAsync()
    {
        connection = server.NewDatabase();
        database = new NpgsqlConnectionStringBuilder(connection).Database!;
        bot = new DeskUnderTest(connection);
        await DeclareAsync("The first one", "first");
    }

    public async Task DisposeAsync()
    {
        await bot.DisposeAsync();
        server.Dispose();
    }

    [Fact]
    public async Task A_commit_that_the_server_kept_is_answered_although_its_answer_was_lost()
    {
        // A standby that never comes: the commit is durable here, and its answer waits.
        WaitForStandby("nobody");
        var declared = DeclareAsync("Kept", "kept");
        await EndCommittingSessionAsync();
        WaitForStandby("");

        var (number, _) = await declared;

        number.ShouldBe(2);
        (await TitlesAsync()).ShouldBe(["Kept", "The first one"]);
        (await DeclareAsync("Kept", "kept")).Number.ShouldBe(number);
        (await DeclareAsync("After", "after")).Number.ShouldBe(3);
    }

    [Fact]
    public async Task A_commit_that_the_server_did_not_keep_is_made_again()
    {
        SleepAtCommit(times: 1);
        var declared = DeclareAsync("Lost", "lost");
        await EndCommittingSessionAsync();

        (await declared).Number.ShouldBe(2);

        (await TitlesAsync()).ShouldBe(["Lost", "The first one"]);
        (await DeclareAsync("Lost", "lost")).Number.ShouldBe(2);
    }

    [Fact]
    public async Task A_commit_that_the_server_loses_each_time_is_refused_and_the_same_key_does_it_once()
    {
        SleepAtCommit(times: 3);
        var declared = DeclareAsync("Lost", "lost");
        for (var time = 0; time < 3; time++)
            await EndCommittingSessionAsync();

        (await Should.ThrowAsync<StoreUnavailableException>(declared)).MayBeRecorded.ShouldBeFalse();

        (await TitlesAsync()).ShouldBe(["The first one"]);
        (await DeclareAsync("Lost", "lost")).Number.ShouldBe(2);
        (await DeclareAsync("Lost", "lost")).Number.ShouldBe(2);
    }

    [Fact]
    public async Task A_session_that_ended_while_it_was_idle_costs_nobody_an_error()
    {
        server.Execute(database, $"select pg_terminate_backend(pid) {Sessions}");

        (await DeclareAsync("After", "after")).Number.ShouldBe(2);
    }

    [Fact]
    public async Task While_the_server_is_away_nobody_gets_an_answer_to_a_commit_in_doubt_and_others_are_told_to_come_again()
    {
        WaitForStandby("nobody");
        var declared = DeclareAsync("Kept", "kept");
        await UntilCommittingAsync();
        server.StopImmediately();

        // Refused at once, as long as the doubt lasts.
        await Until.Holds(
            async () => await DeclareAsync("Late", "late").ContinueWith(late => late.IsFaulted, TaskScheduler.Default),
            "the refusal of later work"
        );
        declared.IsCompleted.ShouldBeFalse();
        server.StartAgain();
        WaitForStandby("");

        (await declared).Number.ShouldBe(2);
        (await TitlesAsync()).ShouldBe(["Kept", "The first one"]);
    }

    private Task<(int Number, Decision Decision)> DeclareAsync(string title, string key) =>
        bot.Desk.SubmitAsync(new DeclareWork(new Declaration(title), Anna) { Key = new IdempotencyKey("user:anna", key, title) }, default);

    private async Task<IEnumerable<string>> TitlesAsync() =>
        (await bot.Get<IncidentTable>().ListAsync(new IncidentQuery(), default)).Select(incident => incident.Title);

    private void WaitForStandby(string name)
    {
        server.Execute(database, $"alter system set synchronous_standby_names = '{name}'");
        server.Execute(database, "select pg_reload_conf()");
        Until
            .Holds(
                () => Task.FromResult(server.Execute(database, "show synchronous_standby_names") as string == name),
                "the server's new setting"
            )
            .GetAwaiter()
            .GetResult();
    }

    private void SleepAtCommit(int times)
    {
        // A sequence counts what is rolled back, too.
        server.Execute(database, "create sequence commits");
        server.Execute(
            database,
            $"""
            create function slow() returns trigger language plpgsql as
            $$ begin if nextval('commits') <= {times} then perform pg_sleep(60); end if; return null; end $$
            """
        );
        server.Execute(
            database,
            "create constraint trigger slow after insert on events deferrable initially deferred for each row execute function slow()"
        );
    }

    private const string Sessions = "from pg_stat_activity where datname = current_database() and application_name = 'incident'";
    private const string Committing = $"{Sessions} and state = 'active' and query ilike 'commit%'";

    private Task UntilCommittingAsync() =>
        Until.Holds(() => Task.FromResult(server.Execute(database, $"select 1 {Committing}") is not null), "the commit");

    private async Task EndCommittingSessionAsync()
    {
        await UntilCommittingAsync();
        var session = server.Execute(database, $"select pid {Committing}");
        server.Execute(database, $"select pg_terminate_backend({session})").ShouldBe(true);
        await Until.Holds(
            () => Task.FromResult(server.Execute(database, $"select 1 from pg_stat_activity where pid = {session}") is null),
            "the end of the session"
        );
    }
}
