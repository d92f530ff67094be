using Integrations.Postgres;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Nodes;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Actions on a real PostgreSQL and its replica.</summary>
public sealed class PostgresActionTests
{
    private readonly string database = PostgresServer.Shared.NewDatabase();

    [Fact]
    public async Task A_query_has_rows_with_their_types_and_parameters_are_never_SQL()
    {
        var result = await Called.SucceedsAsync(
            new PostgresQueryAction(Called.Outward),
            new
            {
                connection = database,
                sql = "select 1 as one, 1.5::numeric as half, true as yes, null as none, $1 as text, $2::int + 1 as sum",
                parameters = new[] { "x'; drop table y; --", "41" },
            }
        );

        result
            .GetProperty("rows")[0]
            .ToString()
            .ShouldBe("""{"one":1,"half":1.5,"yes":true,"none":null,"text":"x\u0027; drop table y; --","sum":42}""");
        result.GetProperty("more").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData("1764518400123457::bigint", "1764518400123457")]
    [InlineData("1764518400123457::numeric", "1764518400123457")]
    [InlineData("9007199254740992", "9007199254740992")]
    [InlineData("9007199254740993", "\"9007199254740993\"")]
    [InlineData("1234567890123456789", "\"1234567890123456789\"")]
    [InlineData("12345678901234567890.5", "\"12345678901234567890.5\"")]
    [InlineData("0.12345678901234567891", "\"0.12345678901234567891\"")]
    [InlineData("0.1::float8 + 0.2::float8", "0.30000000000000004")]
    [InlineData("'NaN'::numeric", "\"NaN\"")]
    [InlineData("1.50", "1.5")]
    public async Task A_number_that_a_double_would_change_is_the_text_that_psql_shows(string sql, string expected) =>
        (await Called.SucceedsAsync(new PostgresQueryAction(Called.Outward), new { connection = database, sql = $"select {sql} as x" }))
            .GetProperty("rows")[0]
            .GetProperty("x")
            .GetRawText()
            .ShouldBe(expected);

    [Fact]
    public async Task Many_and_large_rows_are_cut_off()
    {
        var query = new PostgresQueryAction(Called.Outward);

        var many = await Called.SucceedsAsync(query, new { connection = database, sql = "select generate_series(1, 100000000)" });
        var large = await Called.SucceedsAsync(
            query,
            new { connection = database, sql = "select repeat('x', 50000000) as x from generate_series(1, 3)" }
        );

        many.GetProperty("count").GetInt32().ShouldBe(100);
        many.GetProperty("more").GetBoolean().ShouldBeTrue();
        large.GetProperty("rows")[0].GetProperty("x").GetString()!.Length.ShouldBe(1_000_000);
        large.GetProperty("more").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_row_that_does_not_fit_is_left_out_and_no_number_loses_digits()
    {
        var query = new PostgresQueryAction(Called.Outward);

        var rows = await Called.SucceedsAsync(
            query,
            new { connection = database, sql = "select repeat('x', 499997) as x, 123456 as n, now() as at from generate_series(1, 3)" }
        );
        var exact = await Called.SucceedsAsync(query, new { connection = database, sql = "select repeat('x', 999994) as x, 123456 as n" });
        var failed = await Called.FailsAsync(
            query,
            new { connection = database, sql = "select repeat('x', 999995) as x, 123456 as n" },
            FailureClass.Refused
        );

        rows.GetProperty("count").GetInt32().ShouldBe(1);
        rows.GetProperty("more").GetBoolean().ShouldBeTrue();
        exact.GetProperty("rows")[0].GetProperty("n").GetInt32().ShouldBe(123456);
        failed.Because.ShouldStartWith("the first row has more than 1,000,000 characters. Select fewer columns");
    }

    [Theory]
    [InlineData("with x as (insert into planned values (1) returning 1) select * from x", "25006")]
    [InlineData("select set_config('transaction_read_only', 'off', false)", "25001")]
    [InlineData("select 1 as x into evil", "25006")]
    [InlineData("explain analyze insert into planned values (1)", "25006")]
    public async Task A_query_changes_no_table(string sql, string code)
    {
        await ExecuteAsync("create table planned(id int)");

        (await QueryFailsAsync(sql, FailureClass.Refused)).ShouldContain(code);

        PostgresServer.Shared.Execute(Name, "select count(*) from planned").ShouldBe(0L);
    }

    [Theory]
    [InlineData("commit; create table evil(x int)")]
    [InlineData("commit")]
    [InlineData("set transaction read write")]
    [InlineData("do $$ begin create table evil(x int); end $$")]
    [InlineData("copy (select 1) to program 'cat'")]
    [InlineData("-- select\n(/* select */ delete from x)")]
    [InlineData("select PG_TERMINATE_BACKEND (1)")]
    [InlineData("select * from pg_catalog.\"pg_reload_conf\"()")]
    [InlineData("select pg_try_advisory_lock(1)")]
    [InlineData("select * from dblink('', 'delete from x') as t(x int)")]
    public void What_is_no_query_or_acts_is_not_sent(string sql) =>
        Called
            .Misfit(new PostgresQueryAction(Called.Outward), new { connection = database, sql })
            .ShouldStartWith("The argument 'sql' of 'postgres/query@1' must be a query");

    [Theory]
    [InlineData("select 1; commit; create table evil(x int)")]
    [InlineData("with x as (select 1) select * from x; set transaction read write; create table evil(x int); commit")]
    [InlineData("select $1; commit; create table evil(x int)", "x")]
    public async Task Several_statements_are_refused_as_a_whole(string sql, params string[] parameters)
    {
        var failed = await Called.FailsAsync(
            new PostgresQueryAction(Called.Outward),
            new
            {
                connection = database,
                sql,
                parameters,
            },
            FailureClass.Refused
        );

        failed.Because.ShouldContain("42601");
        PostgresServer.Shared.Execute(Name, "select to_regclass('evil') is null").ShouldBe(true);
    }

    [Theory]
    [InlineData("select ';' as text, $$a;b$$ as quoted;")]
    [InlineData("-- one; two\n(select 1 /* ; */)")]
    [InlineData("show server_version")]
    public async Task A_semicolon_inside_or_at_the_end_is_none_between_statements(string sql) =>
        (await Called.SucceedsAsync(new PostgresQueryAction(Called.Outward), new { connection = database, sql }))
            .GetProperty("count")
            .GetInt32()
            .ShouldBe(1);

    [Fact]
    public async Task One_statement_is_executed_and_never_several()
    {
        await ExecuteAsync("do $$ begin create table made(x int); insert into made values (1); end $$;");

        (
            await Called.FailsAsync(
                new PostgresExecuteAction(Called.Outward),
                new { connection = database, sql = "delete from made; drop table made" },
                FailureClass.Refused
            )
        ).Because.ShouldContain("42601");

        PostgresServer.Shared.Execute(Name, "select count(*) from made").ShouldBe(1L);
    }

    [Theory]
    [InlineData("insert into kept select 1 / (2 - x) from generate_series(1, 2) x", FailureClass.Refused, "22012")]
    [InlineData(
        "do $$ begin insert into kept values (1); commit; raise 'oh'; end $$",
        FailureClass.Unknown,
        "P0001: oh; what the statement"
    )]
    [InlineData("/* twice */ call half()", FailureClass.Unknown, "P0001: oh")]
    [InlineData("create unique index concurrently kept_once on kept (x)", FailureClass.Unknown, "23505")]
    [InlineData("select pg_terminate_backend(2147483647), 1 / (random() * 0)::int", FailureClass.Unknown, "22012")]
    [InlineData("call nothing_of_that_name()", FailureClass.Refused, "42883")]
    [InlineData("do $$ begin begin $$", FailureClass.Refused, "42601")]
    [InlineData("vacuum nothing_of_that_name", FailureClass.Refused, "42P01")]
    [InlineData("vacuum kept, nothing_of_that_name", FailureClass.Refused, "42P01")]
    [InlineData("create index concurrently on kept (nothing_of_that_name)", FailureClass.Refused, "42703")]
    [InlineData("drop database nothing_of_that_name", FailureClass.Refused, "3D000")]
    [InlineData("do $$ begin insert into kept values (1); commit; drop table nothing_of_that_name; end $$", FailureClass.Unknown, "42P01")]
    [InlineData("/* twice */ call barred()", FailureClass.Unknown, "42501")]
    [InlineData("select ends()", FailureClass.Unknown, "P0001: oh")]
    [InlineData("with x as (select ends() as y) select y from x", FailureClass.Unknown, "P0001: oh")]
    [InlineData("values (ends())", FailureClass.Unknown, "P0001: oh")]
    [InlineData("table ending", FailureClass.Unknown, "P0001: oh")]
    [InlineData("explain analyze select ends()", FailureClass.Unknown, "P0001: oh")]
    [InlineData("insert into watched values (1)", FailureClass.Refused, "P0001: not here")]
    [InlineData("select 1 / x from kept, lateral (select x - 7) as y (x)", FailureClass.Refused, "42702")]
    [InlineData("select 1 / (x - 7) from kept", FailureClass.Refused, "22012")]
    [InlineData("select '{oh'::text::json", FailureClass.Refused, "22P02")]
    public async Task An_error_after_a_part_was_committed_is_unknown_and_any_other_is_refused(
        string sql,
        FailureClass expected,
        string said
    )
    {
        await ExecuteAsync("create table kept (x int)");
        await ExecuteAsync("insert into kept values (7), (7)");
        await ExecuteAsync("create procedure half() language plpgsql as $$ begin insert into kept values (1); commit; raise 'oh'; end $$");
        await ExecuteAsync(
            "create procedure barred() language plpgsql as $$ begin insert into kept values (1); commit; raise sqlstate '42501'; end $$"
        );

        await ExecuteAsync(
            "create function ends() returns int language plpgsql as $$ begin perform pg_terminate_backend(2147483647); raise 'oh'; end $$"
        );
        await ExecuteAsync("create view ending as select ends()");
        await ExecuteAsync("create table watched (x int)");
        await ExecuteAsync("create function no() returns trigger language plpgsql as $$ begin raise 'not here'; end $$");
        await ExecuteAsync("create trigger no before insert on watched for each row execute function no()");

        var with = new { connection = database, sql };
        (await Called.FailsAsync(new PostgresExecuteAction(Called.Outward), with, expected)).Because.ShouldContain(said);
    }

    [Theory]
    [InlineData("begin", "'begin'")]
    [InlineData("-- all of it\nSTART  TRANSACTION read only", "'START  TRANSACTION'")]
    [InlineData("commit;", "'commit'")]
    [InlineData("rollback to savepoint x", "'rollback'")]
    [InlineData("savepoint x", "'savepoint'")]
    [InlineData("copy (select 1) to stdout", "'copy … to stdout'")]
    [InlineData("/* in */ COPY kept (x) FROM STDIN with (format csv)", "'copy … FROM STDIN'")]
    public void What_one_statement_cannot_do_is_not_sent(string sql, string named) =>
        Called.Misfit(new PostgresExecuteAction(Called.Outward), new { connection = database, sql }).ShouldContain(named);

    [Theory]
    [InlineData("commit prepared 'left'", "42704")]
    [InlineData("rollback  prepared 'left'", "42704")]
    [InlineData("copy nothing_of_that_name from '/to stdout' -- to stdout", "42P01")]
    public async Task What_only_reads_like_that_is_sent(string sql, string code) =>
        (
            (ActionResult.Failed)await Called.RunAsync(new PostgresExecuteAction(Called.Outward), new { connection = database, sql })
        ).Because.ShouldContain(code);

    [Fact]
    public async Task The_servers_words_are_told_in_one_line_and_only_their_beginning()
    {
        var with = new { connection = database, sql = "do $$ begin raise '%', repeat(E'oh\\n', 1000); end $$" };

        (await Called.FailsAsync(new PostgresExecuteAction(Called.Outward), with, FailureClass.Unknown)).Because.ShouldContain(
            $"P0001: {string.Join(' ', Enumerable.Repeat("oh", 100))} …;"
        );
    }

    [Fact]
    public async Task A_session_that_is_not_ours_to_end_is_kept_and_the_others_are_ended()
    {
        PostgresServer.Shared.Execute("postgres", $"create role signaller_{Name} login in role pg_monitor, pg_signal_backend");
        PostgresServer.Shared.Execute("postgres", $"create role worker_{Name} login");
        await using var administrator = new NpgsqlConnection(database + ";Pooling=false");
        await using var worker = new NpgsqlConnection(As("worker") + ";Pooling=false");
        await administrator.OpenAsync();
        await worker.OpenAsync();
        var end = new PostgresTerminateBackendsAction(Called.Outward);
        var with = new
        {
            connection = As("signaller"),
            olderThan = "0s",
            database = Name,
            limit = 1,
        };

        var result = await Called.SucceedsAsync(end, with);
        await Until.Holds(
            () => Task.FromResult(PostgresServer.Shared.Execute("postgres", Sessions(worker)) is 0L),
            "the end of the worker's session"
        );
        var none = await Called.FailsAsync(end, with, FailureClass.Refused);

        result.GetProperty("sessions").EnumerateArray().ShouldHaveSingleItem().GetProperty("pid").GetInt32().ShouldBe(worker.ProcessID);
        foreach (var answer in new[] { result, none.Result!.Value })
        {
            var kept = answer.GetProperty("kept").EnumerateArray().ShouldHaveSingleItem();
            kept.GetProperty("pid").GetInt32().ShouldBe(administrator.ProcessID);
            kept.GetProperty("because").GetString()!.ShouldStartWith("42501: ");
        }

        none.Because.ShouldContain("42501");
        (await new NpgsqlCommand("select 1", administrator).ExecuteScalarAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Idle_sessions_that_hold_a_lock_or_listen_are_left_alone()
    {
        PostgresServer.Shared.Execute("postgres", $"create role worker_{Name} login");
        var left = new List<NpgsqlConnection>();
        foreach (var last in (string[])["select pg_advisory_lock_shared(4711)", " listen jobs", "select 1"])
        {
            left.Add(new NpgsqlConnection(As("worker") + ";Pooling=false"));
            await left[^1].OpenAsync();
            await new NpgsqlCommand(last, left[^1]).ExecuteNonQueryAsync();
        }

        var with = new
        {
            connection = database,
            olderThan = "0s",
            state = "idle",
            sessionUser = "worker_" + Name,
            exceptWaiting = true,
        };
        var ended = await Called.SucceedsAsync(new PostgresTerminateBackendsAction(Called.Outward), with);

        ended.GetProperty("sessions").EnumerateArray().ShouldHaveSingleItem().GetProperty("pid").GetInt32().ShouldBe(left[2].ProcessID);
        foreach (var waits in left[..2])
            (await new NpgsqlCommand("select 1", waits).ExecuteScalarAsync()).ShouldBe(1);
        foreach (var one in left)
            await one.DisposeAsync();
    }

    [Fact]
    public async Task Sessions_whose_times_a_role_may_not_see_are_told_and_none_of_them_found_is_no_success()
    {
        PostgresServer.Shared.Execute("postgres", $"create role blind_{Name} login in role pg_signal_backend");
        PostgresServer.Shared.Execute("postgres", $"create role worker_{Name} login");
        await using var worker = new NpgsqlConnection(As("worker") + ";Pooling=false;Application Name=shop");
        await worker.OpenAsync();
        var end = new PostgresTerminateBackendsAction(Called.Outward);
        object With(string? application = null, string? session = null) =>
            new
            {
                connection = As("blind"),
                olderThan = "0s",
                database = Name,
                application,
                sessionIds = session is null ? null : new[] { session },
            };

        foreach (var with in new[] { With(), With(application: "shop"), With(session: $"1.{worker.ProcessID:x}") })
        {
            var refused = await Called.FailsAsync(end, with, FailureClass.Refused);
            refused.Because.ShouldBe(
                $"no session was ended: role blind_{Name} may not see the state and the times of 1 session(s) that may be meant: "
                    + "grant it pg_read_all_stats, or pg_monitor"
            );
            refused.Result!.Value.GetProperty("unseen").GetInt32().ShouldBe(1);
        }

        foreach (var with in new[] { With(application: "other"), With(session: "1.1") })
            (await Called.SucceedsAsync(end, with)).GetProperty("unseen").GetInt32().ShouldBe(0);
        await using var own = new NpgsqlConnection(As("blind") + ";Pooling=false");
        await own.OpenAsync();
        var ended = await Called.SucceedsAsync(end, With());
        (ended.GetProperty("terminated").GetInt32(), ended.GetProperty("unseen").GetInt32()).ShouldBe((1, 1));
        (await new NpgsqlCommand("select 1", worker).ExecuteScalarAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_statement_says_how_many_rows_it_changed()
    {
        await ExecuteAsync("create table jobs(id int, state text)");
        await ExecuteAsync("insert into jobs select generate_series(1, 5), 'running'");

        (await ExecuteAsync("update jobs set state = $1 where id <= $2::int", "queued", "3")).ShouldBe(3);
    }

    [Fact]
    public async Task Only_the_sessions_that_are_named_are_ended_and_none_that_has_got_the_process_of_one()
    {
        await using var first = new NpgsqlConnection(database + ";Pooling=false");
        await using var second = new NpgsqlConnection(database + ";Pooling=false");
        await first.OpenAsync();
        await second.OpenAsync();
        const string mine =
            "select to_hex(trunc(extract(epoch from backend_start))::bigint) || '.' || to_hex(pid) from pg_stat_activity where pid = pg_backend_pid()";
        var named = (string)(await new NpgsqlCommand(mine, first).ExecuteScalarAsync())!;
        var earlier = $"1.{second.ProcessID:x}";

        var ended = await Called.SucceedsAsync(
            new PostgresTerminateBackendsAction(Called.Outward),
            new
            {
                connection = database,
                olderThan = "0s",
                sessionIds = new[] { named, earlier },
            }
        );

        ended.GetProperty("sessions").EnumerateArray().Select(one => one.GetProperty("pid").GetInt32()).ShouldBe([first.ProcessID]);
        (await new NpgsqlCommand("select 1", second).ExecuteScalarAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Sessions_of_users_that_are_spared_are_left_alone()
    {
        PostgresServer.Shared.Execute("postgres", $"create role spared_{Name} login");
        PostgresServer.Shared.Execute("postgres", $"create role hung_{Name} login");
        await using var spared = new NpgsqlConnection(As("spared") + ";Pooling=false");
        await using var hung = new NpgsqlConnection(As("hung") + ";Pooling=false");
        await spared.OpenAsync();
        await hung.OpenAsync();

        var ended = await Called.SucceedsAsync(
            new PostgresTerminateBackendsAction(Called.Outward),
            new
            {
                connection = database,
                olderThan = "0s",
                database = Name,
                exceptUsers = (string[])[$"spared_{Name}", "nobody"],
            }
        );

        ended.GetProperty("sessions").EnumerateArray().Select(one => one.GetProperty("pid").GetInt32()).ShouldBe([hung.ProcessID]);
        (await new NpgsqlCommand("select 1", spared).ExecuteScalarAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Sessions_that_hang_are_ended_and_younger_ones_left_alone()
    {
        await using var hangs = new NpgsqlConnection(database + ";Pooling=false;Application Name=shop");
        await hangs.OpenAsync();
        await using (var begin = new NpgsqlCommand("begin; select 1", hangs))
            await begin.ExecuteNonQueryAsync();
        var action = new PostgresTerminateBackendsAction(Called.Outward);
        var name = new NpgsqlConnectionStringBuilder(database).Database;

        var none = await Called.SucceedsAsync(
            action,
            new
            {
                connection = database,
                database = name,
                state = "idle in transaction",
                olderThan = "1h",
            }
        );
        var ended = await Called.SucceedsAsync(
            action,
            new
            {
                connection = database,
                database = name,
                state = "idle in transaction",
                olderThan = "0s",
            }
        );

        none.GetProperty("terminated").GetInt32().ShouldBe(0);
        ended.GetProperty("sessions")[0].GetProperty("application").GetString().ShouldBe("shop");
        ended.GetProperty("terminated").GetInt32().ShouldBe(1);
        await Should.ThrowAsync<NpgsqlException>(async () =>
        {
            await using var again = new NpgsqlCommand("select 1", hangs);
            await again.ExecuteNonQueryAsync();
        });
    }

    [Fact]
    public async Task A_replica_is_paused_lags_goes_on_and_is_promoted()
    {
        using var primary = new PostgresServer();
        using var replica = primary.NewReplica();
        var (first, second) = (Of(primary), Of(replica));
        var lag = new PostgresReplicationAction(Called.Outward);
        await Until.Holds(
            async () => (await Called.SucceedsAsync(lag, new { connection = second })).GetProperty("receiving").GetBoolean(),
            "the replica, receiving,"
        );

        var paused = await Called.SucceedsAsync(new PostgresReplayPauseAction(Called.Outward), new { connection = second });
        primary.Execute("postgres", "create table load as select generate_series(1, 100000)");
        await Until.Holds(
            async () => (await Called.SucceedsAsync(lag, new { connection = second })).GetProperty("lag-bytes").GetInt64() > 1_000_000,
            "the lag"
        );
        var seen = await Called.SucceedsAsync(lag, new { connection = first });
        await Called.SucceedsAsync(new PostgresReplayResumeAction(Called.Outward), new { connection = second });
        await Until.Holds(
            async () => (await Called.SucceedsAsync(lag, new { connection = second })).GetProperty("lag-bytes").GetInt64() == 0,
            "the end of the lag"
        );
        primary.StopImmediately();
        var promoted = await Called.SucceedsAsync(new PostgresPromoteAction(Called.Outward), new { connection = second });
        var again = await Called.SucceedsAsync(new PostgresPromoteAction(Called.Outward), new { connection = second });

        paused.GetProperty("paused").GetBoolean().ShouldBeTrue();
        seen.GetProperty("role").GetString().ShouldBe("primary");
        seen.GetProperty("replicas").GetArrayLength().ShouldBe(1);
        promoted.GetProperty("promoted").GetBoolean().ShouldBeTrue();
        again.GetProperty("promoted").GetBoolean().ShouldBeFalse();
        replica.Execute("postgres", "insert into load values (0)");
        (
            await Called.FailsAsync(new PostgresReplayPauseAction(Called.Outward), new { connection = second }, FailureClass.Refused)
        ).Because.ShouldContain("55000");
    }

    [Fact]
    public async Task A_replica_that_paused_by_itself_is_not_resumed_and_what_to_raise_is_told()
    {
        using var primary = Outgrown(out var replica);
        using var second = replica;
        const string low = "max_worker_processes from 8 to 12 at least, max_locks_per_transaction from 64 to 100 at least";
        var (lag, resume) = (new PostgresReplicationAction(Called.Outward), new PostgresReplayResumeAction(Called.Outward));

        (await RaisedAsync(lag, Of(second))).ShouldBe(low);
        (await Called.FailsAsync(resume, new { connection = Of(second) }, FailureClass.Refused)).Because.ShouldBe(
            "the server paused its replay by itself and would shut down if it went on; nothing was changed. "
                + $"In its configuration, raise {low}, and restart it"
        );

        // Who may not read the server's files is told all that a replica tells.
        var as_ = Of(second).Replace("Username=postgres", "Username=watcher", StringComparison.Ordinal);
        (await Called.FailsAsync(resume, new { connection = as_ }, FailureClass.Refused)).Because.ShouldEndWith(
            "In its configuration, raise what is lower than on its primary, as its log says, of max_connections = 300, "
                + "max_worker_processes = 8, max_wal_senders = 10, max_prepared_transactions = 0, max_locks_per_transaction = 64, and restart it"
        );
        second.Execute("postgres", "select pg_is_wal_replay_paused()").ShouldBe(true);
    }

    [Fact]
    public async Task A_replica_that_goes_on_until_it_pauses_by_itself_is_not_resumed_again()
    {
        using var primary = Outgrown(out var replica, paused: true);
        using var second = replica;
        var resume = new PostgresReplayResumeAction(Called.Outward);

        // It hears of its primary again only once it goes on.
        await Until.Holds(
            async () =>
                await Called.RunAsync(resume, new { connection = Of(second) }) is ActionResult.Failed { Class: FailureClass.Refused },
            "a replica that paused by itself"
        );

        second.Execute("postgres", "select pg_is_wal_replay_paused()").ShouldBe(true);
    }

    [Fact]
    public async Task A_replica_that_dies_of_going_on_is_none_that_goes_on()
    {
        using var primary = new PostgresServer();
        using var replica = primary.NewReplica();
        var folder = $"/tmp/incident-tablespace-{primary.Port}";
        await Called.SucceedsAsync(new PostgresReplayPauseAction(Called.Outward), new { connection = Of(replica) });
        primary.Execute("postgres", $"copy (select) to program 'mkdir {folder}'");
        primary.Execute("postgres", $"create tablespace gone location '{folder}'");
        await Until.Holds(
            () => Task.FromResult(replica.Execute("postgres", "select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()") is true),
            "the tablespace at the replica"
        );
        primary.Execute("postgres", $"copy (select) to program 'rm -r {folder}'");

        await Called.FailsAsync(new PostgresReplayResumeAction(Called.Outward), new { connection = Of(replica) }, FailureClass.Unknown);
    }

    // A primary that was given more than its replica has room for.
    private static PostgresServer Outgrown(out PostgresServer replica, bool paused = false)
    {
        var primary = new PostgresServer();
        primary.Execute("postgres", "alter system set wal_retrieve_retry_interval = '100ms'");
        primary.Execute("postgres", "create role watcher login in role pg_monitor");
        primary.Execute("postgres", "grant execute on function pg_wal_replay_resume() to watcher");
        replica = primary.NewReplica();
        if (paused)
            replica.Execute("postgres", "select pg_wal_replay_pause()");
        primary.Execute("postgres", "alter system set max_worker_processes = 12");
        primary.Execute("postgres", "alter system set max_locks_per_transaction = 100");
        primary.StopImmediately();
        primary.StartAgain();
        return primary;
    }

    private static async Task<string?> RaisedAsync(PostgresReplicationAction lag, string connection)
    {
        string? raise = null;
        await Until.Holds(
            async () => (raise = (await Called.SucceedsAsync(lag, new { connection })).GetProperty("raise").GetString()) is not null,
            "a replica that paused by itself"
        );
        return raise;
    }

    [Fact]
    public async Task A_replica_whose_receiver_hangs_is_none_that_receives()
    {
        using var primary = new PostgresServer();
        using var replica = primary.NewReplica();
        replica.Execute("postgres", "alter system set wal_receiver_timeout = '2s'");
        replica.Execute("postgres", "select pg_reload_conf()");
        var with = new { connection = Of(replica) };
        var lag = new PostgresReplicationAction(Called.Outward);
        await Until.Holds(
            async () => (await Called.SucceedsAsync(lag, with)).GetProperty("receiving").GetBoolean(),
            "the replica, receiving,"
        );
        var receiver = (int)replica.Execute("postgres", "select pid from pg_stat_wal_receiver")!;

        Signals.Send(receiver, "-STOP");
        try
        {
            primary.Execute("postgres", "create table load as select generate_series(1, 100000)");
            await Until.Holds(
                async () => !(await Called.SucceedsAsync(lag, with)).GetProperty("receiving").GetBoolean(),
                "a replica that does not receive"
            );

            var silent = await Called.SucceedsAsync(lag, with);
            silent.GetProperty("silent-seconds").GetDouble().ShouldBeGreaterThan(2);
            silent.GetProperty("lag-seconds").GetDouble().ShouldBeGreaterThan(0);
        }
        finally
        {
            Signals.Send(receiver, "-CONT");
        }
    }

    [Fact]
    public async Task Who_may_not_see_the_replication_is_told_so_and_nothing_is_taken_for_well()
    {
        PostgresServer.Shared.Execute("postgres", $"create role unaware_{Name} login");

        var failed = await Called.FailsAsync(
            new PostgresReplicationAction(Called.Outward),
            new { connection = As("unaware") },
            FailureClass.Refused
        );

        failed.Because.ShouldBe(
            $"role unaware_{Name} may not see who follows whom, and how far: grant it pg_read_all_stats, or pg_monitor"
        );
    }

    [Fact]
    public async Task A_server_that_goes_down_under_a_statement_leaves_it_unknown()
    {
        using var server = new PostgresServer();
        var running = Called.RunAsync(
            new PostgresExecuteAction(Called.Outward),
            new { connection = Of(server), sql = "select pg_sleep(600)" }
        );
        await Until.Holds(
            () =>
                Task.FromResult(
                    server.Execute("postgres", "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)'") is 1L
                ),
            "the statement"
        );

        server.StopImmediately();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
    }

    [Fact]
    public async Task A_lost_answer_is_unknown_and_the_statement_is_not_sent_again()
    {
        var seen = 0;
        var port = new NpgsqlConnectionStringBuilder(database).Port;
        await using var proxy = new BreakingProxy(
            said =>
            {
                if (!said.Contains("insert into nothing", StringComparison.Ordinal))
                    return true;
                Interlocked.Increment(ref seen);
                return false;
            },
            port
        );
        var through = new NpgsqlConnectionStringBuilder(database) { Port = proxy.Port };

        await Called.FailsAsync(
            new PostgresExecuteAction(Called.Outward),
            new { connection = through.ConnectionString, sql = "insert into nothing values (1)" },
            FailureClass.Unknown
        );

        seen.ShouldBe(1);
    }

    [Fact]
    public async Task Nobody_there_a_wrong_host_and_what_is_no_connection_were_not_sent()
    {
        (await NotSentAsync($"Host=127.0.0.1;Port={Loopback.FreePort()};Username=x")).ShouldNotBeEmpty();
        (await NotSentAsync("Host=192.0.2.1;Username=x")).ShouldContain("Runbooks:AllowedHosts");
        MisfitOf("Host=a,b;Username=x").ShouldContain("one host");
        MisfitOf("Password=secret;Nonsense=1").ShouldNotContain("secret");
        (await NotSentAsync(database.Replace("Username=postgres", "Username=nobody", StringComparison.Ordinal))).ShouldContain("28000");
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        await Called.FailsAsync(
            new PostgresExecuteAction(Called.Outward),
            new { connection = $"Host=127.0.0.1;Port={silent.Port};Username=x", sql = "select 1" },
            FailureClass.NotSent,
            TimeSpan.FromSeconds(1)
        );
    }

    [Fact]
    public void Plans_name_the_server_and_never_a_password() =>
        new PostgresExecuteAction(Called.Outward)
            .Describe(
                System.Text.Json.JsonSerializer.SerializeToElement(
                    new { connection = "Host=db1;Database=shop;Password=hidden", sql = "delete\n  from jobs" }
                )
            )
            .ShouldBe("on db1:5432/shop run: delete from jobs");

    private string Name => new NpgsqlConnectionStringBuilder(database).Database!;

    private static string Sessions(NpgsqlConnection one) => $"select count(*) from pg_stat_activity where pid = {one.ProcessID}";

    private string As(string role) => new NpgsqlConnectionStringBuilder(database) { Username = $"{role}_{Name}" }.ConnectionString;

    private async Task<string> QueryFailsAsync(string sql, FailureClass kind) =>
        (await Called.FailsAsync(new PostgresQueryAction(Called.Outward), new { connection = database, sql }, kind)).Because;

    private async Task<int> ExecuteAsync(string sql, params string[] parameters) => (
            await Called.SucceedsAsync(
                new PostgresExecuteAction(Called.Outward),
                new
                {
                    connection = database,
                    sql,
                    parameters,
                }
            )
        ).GetProperty("rows").GetInt32();

    private static string MisfitOf(string connection) =>
        Called.Misfit(new PostgresExecuteAction(Called.Outward), new { connection, sql = "select 1" });

    private static async Task<string> NotSentAsync(string connection) =>
        (
            await Called.FailsAsync(new PostgresExecuteAction(Called.Outward), new { connection, sql = "select 1" }, FailureClass.NotSent)
        ).Because;

    private static string Of(PostgresServer server) => $"Host=127.0.0.1;Port={server.Port};Username=postgres;Database=postgres";
}
