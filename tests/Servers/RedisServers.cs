using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Tests.Support;

namespace Tests.Servers;

/// <summary>Real Redis: a primary and a replica, and if wanted three Sentinels that watch them as <c>shop</c>.</summary>
internal sealed class RedisServers : IDisposable
{
    public const string Shard = "shop";
    private readonly Dictionary<int, ServerProcess> running = [];
    private readonly string folder;

    /// <param name="downAfter">How long a Sentinel waits for an answer before it calls a server down; null: a second.</param>
    public RedisServers(string folder, string? password = null, bool sentinels = false, TimeSpan? downAfter = null)
    {
        this.folder = folder;
        Password = password;
        StartRedis(First);
        StartRedis(Second, "--replicaof", $"127.0.0.1 {First}");
        if (!sentinels)
            return;
        foreach (var port in SentinelPorts)
            StartSentinel(port, downAfter ?? TimeSpan.FromSeconds(1));
    }

    public int First { get; } = Loopback.FreePort();

    public int Second { get; } = Loopback.FreePort();

    public string? Password { get; }

    public IReadOnlyList<int> SentinelPorts { get; } = [Loopback.FreePort(), Loopback.FreePort(), Loopback.FreePort()];

    public IReadOnlyList<string> Sentinels => [.. SentinelPorts.Select(port => $"127.0.0.1:{port}")];

    /// <summary>The replica follows, and each Sentinel knows the others and it.</summary>
    public Task UntilReadyAsync(bool sentinels = false) =>
        Until.Holds(
            async () =>
                (await AskAsync(Second, "INFO replication")).Contains("master_link_status:up", StringComparison.Ordinal)
                && (
                    !sentinels
                    || (await Task.WhenAll(SentinelPorts.Select(port => AskAsync(port, $"SENTINEL MASTER {Shard}")))).All(told =>
                        Follows(told, "num-other-sentinels", "2") && Follows(told, "num-slaves", "1")
                    )
                ),
            "Redis, ready,"
        );

    /// <summary>What redis-cli shows of an answer: a list one by one; an error while the server is not there.</summary>
    public async Task<string> AskAsync(int port, string command)
    {
        var start = new ProcessStartInfo("redis-cli", ["-p", $"{port}", .. command.Split(' ')])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Password is not null)
            start.Environment["REDISCLI_AUTH"] = Password;
        using var cli = Process.Start(start)!;
        var errors = cli.StandardError.ReadToEndAsync();
        var answer = await cli.StandardOutput.ReadToEndAsync();
        await cli.WaitForExitAsync();
        return answer + await errors;
    }

    /// <summary>A client program that asks the first one as fast as it can, until it is turned away.</summary>
    /// <param name="account">Of its ACL, without a password.</param>
    public ServerProcess Load(string at, string account) =>
        new("redis-benchmark", "redis-tools", at, "-p", $"{First}", "--user", account, "-a", "none", "-t", "ping", "-c", "1", "-l", "-q");

    /// <summary>A connection to the first one of an account that takes any password.</summary>
    public async Task<TcpClient> SignInAsync(string account)
    {
        var client = new TcpClient("127.0.0.1", First);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {account} any\r\n"));
        (await new StreamReader(client.GetStream()).ReadLineAsync()).ShouldBe("+OK");
        return client;
    }

    /// <summary>The first one has counted hundreds of commands a second.</summary>
    public Task UntilBusyAsync() =>
        Until.Holds(
            async () =>
                (await AskAsync(First, "INFO stats"))
                    .Split('\n', StringSplitOptions.TrimEntries)
                    .First(line => line.StartsWith("instantaneous_ops_per_sec:", StringComparison.Ordinal))
                    .Length > "instantaneous_ops_per_sec:99".Length,
            "a busy Redis"
        );

    /// <summary>SIGKILL.</summary>
    public void Kill(int port)
    {
        running[port].Dispose();
        running.Remove(port);
    }

    public void StartRedis(int port, params string[] more)
    {
        var data = Directory.CreateDirectory($"{folder}/redis-{port}").FullName;
        string[] secrets = Password is null ? [] : ["--requirepass", Password, "--masterauth", Password];
        running[port] = new ServerProcess(
            "redis-server",
            "redis-server",
            data,
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--repl-diskless-sync-delay", "0", .. secrets, .. more]
        );
    }

    public void Dispose()
    {
        foreach (var one in running.Values)
            one.Dispose();
    }

    private void StartSentinel(int port, TimeSpan downAfter)
    {
        var config = $"{folder}/sentinel-{port}.conf";
        File.WriteAllText(
            config,
            $"""
            port {port}
            bind 127.0.0.1
            dir {folder}
            sentinel monitor {Shard} 127.0.0.1 {First} 2
            sentinel down-after-milliseconds {Shard} {(long)downAfter.TotalMilliseconds}
            sentinel failover-timeout {Shard} 6000
            {(Password is null ? "" : $"sentinel auth-pass {Shard} {Password}\nrequirepass {Password}\nsentinel sentinel-pass {Password}")}

            """
        );
        running[port] = new ServerProcess("redis-sentinel", "redis-sentinel", folder, config);
    }

    private static bool Follows(string told, string name, string value) =>
        told.Split('\n') is var lines && Array.IndexOf(lines, name) is >= 0 and var at && lines.ElementAtOrDefault(at + 1) == value;
}
