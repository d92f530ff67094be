using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Npgsql;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Actions;

/// <summary>What answers without end take of the bot's memory: all of them, one after the other, in a process of its own.</summary>
public sealed class HostileMemoryTests(ITestOutputHelper output) : IDisposable
{
    // Beyond what the process holds before: twice the largest that one action may take in, 64 MB from a PostgreSQL.
    private const long MostMegabytes = 128;

    // What several large answers may take together: they are 32 MB at once, and each is text, value, and what masking makes of it; the collector takes its
    // time with those that are over.
    private const long MostOfManyMegabytes = 1500;

    // What is kept is 10 MB; each event is text, value and object besides, nine megabytes of them a second.
    private const long MostOfAWatchMegabytes = 800;

    private static readonly byte[] Block = PostgresAnswers.Filled(64 << 10);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-hostile-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_gigabyte_from_each_protocol_takes_little_memory()
    {
        var shop = new NpgsqlConnectionStringBuilder(PostgresServer.Shared.NewDatabase());
        using var redis = new RedisServers(folder.FullName);
        using var sshd = new SshServer(folder.FullName);
        await Task.WhenAll(redis.UntilReadyAsync(), sshd.UntilReadyAsync());
        await using var rows = Postgres(shop.Port, PostgresAnswers.Begin, PostgresAnswers.Row(64 << 10));
        await using var row = Postgres(shop.Port, [.. PostgresAnswers.Begin, .. PostgresAnswers.RowOf(1 << 30)], Block);
        await using var error = Postgres(shop.Port, PostgresAnswers.ErrorOf(1 << 30), Block);
        await using var text = Redis(redis.First, "$1073741824\r\n"u8.ToArray(), Block);
        await using var list = Redis(
            redis.First,
            "*1073741824\r\n"u8.ToArray(),
            [.. Enumerable.Repeat(":1\r\n"u8.ToArray(), 10_000).SelectMany(one => one)]
        );
        await using var nested = Redis(redis.First, [], [.. Enumerable.Repeat("*1\r\n"u8.ToArray(), 10_000).SelectMany(one => one)]);
        await using var csv = Plain("# pxname,svname\n"u8.ToArray());
        await using var http = Plain("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"u8.ToArray());
        await using var message = await HostileEtcd.StartAsync(context =>
            HostileEtcd.FloodAsync(context, HostileEtcd.Head(1 << 30), Block)
        );
        await using var snapshot = await HostileEtcd.StartAsync(context => HostileEtcd.FloodAsync(context, [], HostileEtcd.Piece));
        string Connection(int port) => new NpgsqlConnectionStringBuilder(shop.ConnectionString) { Port = port }.ConnectionString;
        string Get(TurningProxy at) =>
            $"uses: redis/command@1, with: {{ address: \"127.0.0.1:{at.Port}\", command: GET turn, reads: true }}";
        (string Id, string Call)[] calls =
        [
            ("rows", $"uses: postgres/query@1, with: {{ connection: \"{Connection(rows.Port)}\", sql: \"select 'turn'\" }}"),
            ("row", $"uses: postgres/query@1, with: {{ connection: \"{Connection(row.Port)}\", sql: \"select 'turn'\" }}"),
            ("scalar", $"uses: postgres/replication@1, with: {{ connection: \"{Connection(row.Port)}\" }}"),
            ("error", $"uses: postgres/query@1, with: {{ connection: \"{Connection(error.Port)}\", sql: \"select 'turn'\" }}"),
            ("text", Get(text)),
            ("list", Get(list)),
            ("nested", Get(nested)),
            ("csv", $"uses: haproxy/servers@1, with: {{ socket: \"127.0.0.1:{csv.Port}\" }}"),
            ("http", $"uses: prometheus/query@1, with: {{ url: \"http://127.0.0.1:{http.Port}\", query: up }}"),
            ("message", $"uses: etcd/members@1, with: {{ endpoint: \"{message.Endpoint}\" }}"),
            (
                "snapshot",
                $"uses: etcd/snapshot@1, with: {{ endpoint: \"{snapshot.Endpoint}\", path: {folder.FullName}/s.db, max-bytes: 200MB }}"
            ),
            (
                "ssh",
                $"uses: ssh/run@1, with: {{ host: 127.0.0.1, port: {sshd.Port}, user: {sshd.User}, key: \"${{{{ inputs.key }}}}\", "
                    + "command: \"head -c 1G /dev/zero | tr '\\\\0' x\", reads: true }"
            ),
        ];
        foreach (var (id, call) in calls)
            File.WriteAllText(
                $"{folder.FullName}/{id}.yaml",
                $"runbook: {id}\ninputs: {{ key: {{ type: secret, ref: \"env:FLOOD_KEY\" }} }}\n"
                    + $"steps:\n  - {{ id: {id}, {call}, timeout: 3m, retry: {{ attempts: 1 }} }}\n"
            );
        using var bot = new BotProcess(
            $"Data Source={folder.FullName}/incident.db",
            more: new Dictionary<string, string>
            {
                ["Runbooks__Paths__0"] = folder.FullName,
                ["Ssh__KnownHosts"] = sshd.KnownHosts(),
                ["FLOOD_KEY"] = sshd.ClientKey,
            }
        );
        await bot.StartAsync();
        var (succeeded, large, late) = (new List<string>(), new List<string>(), new List<string>());

        foreach (var (id, _) in calls)
        {
            var before = StartMeasuring(bot.Id);
            var ended = await EndAsync(bot, id);
            var took = PeakMegabytes(bot.Id) - before;
            var because = ended.GetProperty("steps")[0].GetProperty("because").ToString();
            output.WriteLine($"{id}: {took} MB, {because}");
            if (ended.GetProperty("state").GetString() is "succeeded")
                succeeded.Add(id);
            if (took > MostMegabytes)
                large.Add($"{id}: {took} MB");
            // It has to see by itself that there is no end, not wait for its own: the time limit, or room that nobody gives back.
            if (because.Contains("3m", StringComparison.Ordinal))
                late.Add($"{id}: {because}");
        }

        // Those give as much as was asked for, and leave the rest.
        succeeded.ShouldBe(["rows", "row", "ssh"]);
        large.ShouldBeEmpty();
        late.ShouldBeEmpty();
        bot.Kill();
    }

    [Fact]
    public async Task Watches_that_bring_other_pods_without_end_take_little_memory()
    {
        await using var api = new FloodingKubernetes();
        foreach (
            var (id, call) in (ReadOnlySpan<(string, string)>)
                [
                    (
                        "delete",
                        "uses: kubernetes/delete-pod@1, with: { name: web, uid: stays, wait: true, kubeconfig: \"${{ inputs.cluster }}\" }, timeout: 15s"
                    ),
                    ("drain", "uses: kubernetes/drain@1, with: { node: worker, kubeconfig: \"${{ inputs.cluster }}\" }, timeout: 60s"),
                ]
        )
            File.WriteAllText(
                $"{folder.FullName}/{id}.yaml",
                $"runbook: {id}\ninputs: {{ cluster: {{ type: secret, ref: \"env:FLOOD_CLUSTER\" }} }}\n"
                    + $"steps:\n  - {{ id: {id}, {call}, retry: {{ attempts: 1 }} }}\n"
            );
        using var bot = new BotProcess(
            $"Data Source={folder.FullName}/incident.db",
            more: new Dictionary<string, string> { ["Runbooks__Paths__0"] = folder.FullName, ["FLOOD_CLUSTER"] = api.Kubeconfig }
        );
        await bot.StartAsync();

        foreach (
            var (id, expected) in (IEnumerable<(string, string)>)[("delete", "within 15s it was not done"), ("drain", "more than 10 MB")]
        )
        {
            var before = StartMeasuring(bot.Id);
            var ended = await EndAsync(bot, id);
            var took = PeakMegabytes(bot.Id) - before;
            var because = ended.GetProperty("steps")[0].GetProperty("because").ToString();
            output.WriteLine($"{id}: {took} MB, {api.Watches} watches so far, {because}");
            output.WriteLine((await bot.GetAsync($"/api/v1/runs/{ended.GetProperty("id").GetString()}/output")).ToString());
            because.ShouldContain(expected);
            took.ShouldBeLessThan(MostOfAWatchMegabytes, id);
        }

        api.Watches.ShouldBeLessThan(30);
        bot.Kill();
    }

    [Fact]
    public async Task Large_answers_of_many_steps_side_by_side_take_bounded_memory()
    {
        const int Steps = 12;
        var packed = Packed();
        await using var target = new TcpTarget(
            async (_, socket) =>
            {
                await TcpTarget.SayAsync(
                    socket,
                    $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Encoding: gzip\nContent-Length: {packed.Length}\n\n"
                );
                await socket.SendAsync(packed);
            }
        );
        File.WriteAllText(
            $"{folder.FullName}/large.yaml",
            $$"""
            runbook: large
            inputs: { key: { type: secret, ref: "env:FLOOD_KEY" } }
            steps:
              - id: all
                for-each: {{JsonSerializer.Serialize(Enumerable.Range(1, Steps))}}
                max-parallel: {{Steps}}
                uses: http/request@1
                with: { url: "http://127.0.0.1:{{target.Port}}/", max-bytes: 20MB }
                timeout: 5m
                expect: result.ok
            """
        );
        using var bot = new BotProcess(
            $"Data Source={folder.FullName}/incident.db",
            more: new Dictionary<string, string> { ["Runbooks__Paths__0"] = folder.FullName, ["FLOOD_KEY"] = "planted-5d81c2" }
        );
        await bot.StartAsync();
        var before = StartMeasuring(bot.Id);

        var ended = await EndAsync(bot, "large");

        var took = PeakMegabytes(bot.Id) - before;
        output.WriteLine($"{Steps} answers of 20 MB: {took} MB");
        ended.GetProperty("state").GetString().ShouldBe("succeeded");
        target.Requests.ShouldBe(Steps);
        took.ShouldBeLessThan(MostOfManyMegabytes);
        bot.Kill();
    }

    // 20 MB of objects, as an API lists them.
    private static byte[] Packed()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            var one = Encoding.UTF8.GetBytes($$"""{"name":"shop","labels":{"team":"web"},"text":"{{new string('x', 200)}}"},""");
            gzip.Write("["u8);
            for (var length = 1; length < 19_900_000; length += one.Length)
                gzip.Write(one);
            gzip.Write("{}]"u8);
        }

        return packed.ToArray();
    }

    private static async Task<JsonElement> EndAsync(BotProcess bot, string runbook)
    {
        var run = (await bot.PostAsync("/api/v1/runs", new { runbook })).GetProperty("id").GetString()!;
        await Until.Holds(
            async () =>
                (await bot.GetAsync($"/api/v1/runs/{run}")).GetProperty("state").GetString() is "succeeded" or "failed" or "waiting",
            $"the end of {runbook}",
            patience: TimeSpan.FromMinutes(4)
        );
        return await bot.GetAsync($"/api/v1/runs/{run}");
    }

    /// <returns>What the process holds now; its most is counted from here (proc(5): clear_refs).</returns>
    private static long StartMeasuring(int process)
    {
        File.WriteAllText($"/proc/{process}/clear_refs", "5");
        return PeakMegabytes(process);
    }

    private static TurningProxy Postgres(int behind, byte[] first, byte[] block) =>
        new(
            behind,
            // What the action asks for itself is as good: it begins a statement.
            said => said.Contains("'turn'", StringComparison.Ordinal) || said.Contains("pg_is_in_recovery", StringComparison.Ordinal),
            (socket, stop) => Misbehaving.FloodAsync(socket, first, block, stop)
        );

    private static TurningProxy Redis(int behind, byte[] first, byte[] block) =>
        new(
            behind,
            said => said.Contains("turn", StringComparison.Ordinal),
            (socket, stop) => Misbehaving.FloodAsync(socket, first, block, stop)
        );

    private static LoopbackListener Plain(byte[] first) =>
        new(
            async (socket, stop) =>
            {
                using (socket)
                {
                    try
                    {
                        await socket.ReceiveAsync(new byte[4096], SocketFlags.None, stop);
                        await Misbehaving.FloodAsync(socket, first, Block, stop);
                    }
                    catch (Exception e) when (e is SocketException or OperationCanceledException)
                    {
                        // The caller has had enough.
                    }
                }
            }
        );

    /// <summary>The most that a process has held at once (proc(5): VmHWM).</summary>
    private static long PeakMegabytes(int process) =>
        long.Parse(
            File.ReadLines($"/proc/{process}/status")
                .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        ) / 1024;
}
