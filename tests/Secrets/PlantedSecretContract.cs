using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Bot.Access;
using Bot.Cli;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Tests.Cli;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Secrets;

/// <summary>
/// Secrets are planted wherever a runbook can bring them: scripts, headers, bodies, addresses, SSH keys, connection strings, kubeconfigs,
/// errors, outputs, notes, posts. Then the
/// database's bytes, the logs, every page and every answer are searched for them in every writing.
/// </summary>
public abstract class PlantedSecretContract(ITestOutputHelper output)
{
    private const string Token = "Tk9-v<e&r>y \"S3cret\"/k+a'y";
    private const string Variable = "INCIDENT_TEST_PLANTED_TOKEN";

    /// <summary>Of the settings: no runbook names it.</summary>
    private const string Setting = "ghp_OfTheSettings0123456789abcdefghijklm";

    private readonly string pem =
        "-----BEGIN PRIVATE KEY-----\n"
        + string.Join(
            '\n',
            Enumerable
                .Range(0, 6)
                .Select(i => Convert.ToBase64String(Encoding.UTF8.GetBytes($"line {i} of the planted private key, that is")))
        )
        + "\n-----END PRIVATE KEY-----";

    private protected abstract string NewDatabase();

    /// <summary>All that the database keeps of itself on disk or gives out in a dump.</summary>
    private protected abstract Task<string> BytesAsync(string database);

    [Fact]
    public async Task Planted_secrets_are_found_nowhere()
    {
        var database = NewDatabase();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, pem + "\n");
        Environment.SetEnvironmentVariable(Variable, Token);
        using var log = new CapturedLog();
        await using var echo = await EchoServer.StartAsync();
        await using var collector = await TraceCollector.StartAsync();
        var seen = new StringBuilder();
        string[] links;
        await using (
            var bot = await BotUnderTest.StartAsync(
                runbooks:
                [
                    PlantedRunbook.Text(echo.Address, file, Variable, Certificate()),
                    PlantedRunbook.Outer(Variable),
                    PlantedRunbook.Inner,
                ],
                settings: new Dictionary<string, string?>(collector.Settings)
                {
                    ["Storage:ConnectionString"] = database,
                    ["GitHub:Token"] = Setting,
                    ["GitHub:ApiUrl"] = $"{echo.Address}fails",
                    // As talkative as an operator can make it.
                    ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
                    ["Logging:LogLevel:System.Net.Http"] = "Trace",
                    [$"Logging:{typeof(CapturedLog).FullName}:LogLevel:Default"] = "Trace",
                    [$"Logging:{typeof(CapturedLog).FullName}:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
                },
                services: services => services.AddLogging(logging => logging.AddProvider(log))
            )
        )
        {
            links = await FollowedLinks.AllAsync(bot);
            var admin = await bot.TokenAsync(Role.Admin);
            await RefusedAsync(admin, seen);
            await BotUnderTest.SayAsync(admin, "/incident declare The vault is slow");
            await DrillAsync(bot, admin, seen);
            var run = await RunAsync(bot, admin, "planted", "gated");
            seen.Append(run.GetRawText());
            Happened(run);
            var outer = await RunAsync(bot, admin, "planted-outer", "call/gated");
            seen.Append(outer.GetRawText());
            Nested(outer);
            foreach (var one in (JsonElement[])[run, outer])
                await LookAsync(bot, admin, one.GetProperty("id").GetString()!, seen);
            await ExportAsync(bot, admin, seen);
        }

        File.Delete(file);
        var bytes = await BytesAsync(database);
        bytes.ShouldContain("planted", Case.Sensitive, "the search itself is blind");
        NotIn(bytes, "the database");
        log.Written.ShouldContain("Application started", Case.Sensitive, "the log is not whole");
        collector.Received.ShouldContain("/ack/{token}", Case.Sensitive, "the traces are not whole");
        NotIn(log.Written, "the logs");
        NotIn(collector.Received, "the traces");
        NotIn(seen.ToString(), "pages and answers");
        foreach (var link in links)
        {
            bytes.IndexOf(link, StringComparison.Ordinal).ShouldBe(-1);
            log.Written.IndexOf(link, StringComparison.Ordinal).ShouldBe(-1);
            collector.Received.IndexOf(link, StringComparison.Ordinal).ShouldBe(-1);
        }

        output.WriteLine(
            $"searched {bytes.Length:N0} characters of database, {log.Written.Length:N0} of logs, {collector.Received.Length:N0} of traces, {seen.Length:N0} of answers in {Leaks.All.Count} writings"
        );
    }

    private static string Certificate()
    {
        using var authority = new Authority();
        return JsonSerializer.Serialize(authority.Issue("planted").Certificate);
    }

    // A drill makes what reads with the secrets in clear, as a run does, and keeps what it found.
    private static async Task DrillAsync(BotUnderTest bot, HttpClient admin, StringBuilder seen)
    {
        var token = admin.DefaultRequestHeaders.Authorization!.Parameter!;
        foreach (var format in (string[])["text", "json"])
        {
            var drilled = await Typed.HereAsync([
                "runbook",
                "drill",
                "--format",
                format,
                "--server",
                bot.Address.ToString(),
                "--token",
                token,
            ]);
            drilled.Exit.ShouldBe(CommandLine.Failure, drilled.ToString());
            drilled.Output.ShouldContain("no-host");
            drilled.Output.ShouldContain("call/no-address");
            seen.AppendLine(drilled.ToString());
        }

        using var planned = await admin.PostAsJsonAsync(
            new Uri("/api/v1/runs?plan=true", UriKind.Relative),
            new { runbook = "planted-outer" }
        );
        planned.StatusCode.ShouldBe(HttpStatusCode.OK);
        seen.AppendLine(await planned.Content.ReadAsStringAsync());
    }

    private static async Task ExportAsync(BotUnderTest bot, HttpClient admin, StringBuilder seen)
    {
        var token = admin.DefaultRequestHeaders.Authorization!.Parameter!;
        var exported = await Typed.HereAsync(["timeline", "export", "inc-1", "--server", bot.Address.ToString(), "--token", token]);
        exported.Exit.ShouldBe(CommandLine.Success, exported.ToString());
        exported.Output.ShouldContain("planted note");
        seen.AppendLine(exported.ToString());
    }

    private static void Nested(JsonElement run)
    {
        var steps = run.GetProperty("steps").EnumerateArray().ToDictionary(step => step.GetProperty("id").GetString()!);
        steps["call/script"].GetProperty("outputs").GetProperty("token").GetString().ShouldBe("***");
        steps["call/told"].GetProperty("outcome").GetString().ShouldBe("success");
        steps["after"].GetProperty("outcome").GetString().ShouldBe("success");
    }

    private static async Task<JsonElement> RunAsync(BotUnderTest bot, HttpClient admin, string runbook, string gate)
    {
        using var answer = await admin.PostAsJsonAsync(new Uri("/api/v1/runs", UriKind.Relative), new { runbook, incident = "inc-1" });
        var started = await answer.Content.ReadFromJsonAsync<JsonElement>();
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, started.ToString());
        var id = started.GetProperty("id").GetString()!;
        var waits = (JsonElement)
            await bot.UntilAsync(async () =>
                await BotUnderTest.JsonAsync(admin, $"/api/v1/runs/{id}") is var run
                && (run.GetProperty("waitingFor").GetArrayLength() > 0 || run.GetProperty("endedAt").ValueKind is not JsonValueKind.Null)
                    ? (object)run
                    : null
            );
        waits
            .GetProperty("waitingFor")
            .EnumerateArray()
            .Select(wait => wait.GetProperty("kind").GetString())
            .ShouldBe(["approval"], waits.ToString());
        using var decided = await admin.PostAsJsonAsync(
            new Uri($"/api/v1/runs/{id}/decisions", UriKind.Relative),
            new
            {
                step = gate,
                decision = "approve",
                reason = "it is a test",
            }
        );
        decided.StatusCode.ShouldBe(HttpStatusCode.OK, await decided.Content.ReadAsStringAsync());
        var over = await bot.UntilAsync(async () =>
            await BotUnderTest.JsonAsync(admin, $"/api/v1/runs/{id}") is var run
            && run.GetProperty("endedAt").ValueKind is not JsonValueKind.Null
                ? (object)run
                : null
        );
        await Until.Holds(
            async () =>
                (await BotUnderTest.JsonAsync(admin, $"/api/v1/runs/{id}/output?limit=1000"))
                    .GetProperty("items")
                    .EnumerateArray()
                    .Any(line => line.GetProperty("text").GetString() == "planted: the last line"),
            "the last line of output"
        );
        return (JsonElement)over;
    }

    // What a person gives by hand is a secret, too: refused, not echoed.
    private static async Task RefusedAsync(HttpClient admin, StringBuilder seen)
    {
        foreach (
            var inputs in (object[])[new { token = Token }, new { word = $"it is {Token}" }, new { word = WebUtility.UrlEncode(Token) }]
        )
        {
            foreach (var address in (string[])["/api/v1/runs", "/api/v1/runs?plan=true"])
            {
                using var answer = await admin.PostAsJsonAsync(new Uri(address, UriKind.Relative), new { runbook = "planted", inputs });
                answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
                seen.AppendLine(await answer.Content.ReadAsStringAsync());
            }
        }
    }

    // The run did what it was made for: each plant was made and masked, and what needs a masked value failed with a reason.
    private static void Happened(JsonElement run)
    {
        var steps = run.GetProperty("steps").EnumerateArray().ToDictionary(step => step.GetProperty("id").GetString()!);
        Outcome("script").ShouldBe("success");
        steps["script"].GetProperty("outputs").GetProperty("token").GetString().ShouldBe("***");
        var artifact = run.GetProperty("artifacts").EnumerateArray().ShouldHaveSingleItem();
        artifact.GetProperty("name").GetString().ShouldBe("left/plain.txt");
        artifact.GetProperty("masked").GetBoolean().ShouldBeTrue();
        Outcome("exits").ShouldBe("failure");
        steps["sends"].GetProperty("outputs").GetProperty("status").GetInt32().ShouldBe(200);
        steps["sends"].GetProperty("outputs").GetProperty("body").GetString()!.ShouldContain("Bearer ***");
        Because("fails").ShouldContain("500");
        Because("no-github").ShouldContain("Authorization: Token ***");
        Because("no-address").ShouldContain("must be an address");
        Because("no-size").ShouldContain("'max-bytes'");
        Because("no-identity").ShouldContain("'key' is not the private key of 'certificate'");
        Because("no-etcd").ShouldContain("'ca' holds no certificate");
        foreach (
            var step in (string[])
                [
                    "no-key",
                    "no-ssh",
                    "no-connection",
                    "no-connection-string",
                    "no-redis",
                    "no-cluster",
                    "no-kubeconfig",
                    "no-prometheus",
                    "no-identity",
                    "no-etcd",
                ]
        )
            Outcome(step).ShouldBe("failure", step);
        Because("needs-it").ShouldContain("'steps.script.outputs.token' holds a secret");
        Outcome("told").ShouldBe("success");
        run.GetProperty("progress").GetProperty("done").GetInt32().ShouldBe(run.GetProperty("progress").GetProperty("known").GetInt32());

        string Outcome(string step) => steps[step].GetProperty("outcome").GetString()!;
        string Because(string step) => steps[step].GetProperty("because").GetString()!;
    }

    // Every address that can be read, as an admin may: pages, answers, streams.
    private static async Task LookAsync(BotUnderTest bot, HttpClient admin, string run, StringBuilder seen)
    {
        var person = await bot.PersonAsync("olga", Role.Admin);
        var looked = 0;
        foreach (var endpoint in bot.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") is not true)
                continue;
            var path =
                "/"
                + endpoint
                    .RoutePattern.RawText!.TrimStart('/')
                    .Replace("{id}", endpoint.RoutePattern.RawText.Contains("/runs/") ? run : "inc-1")
                    .Replace("{n}", "1");
            if (
                path.Contains('{')
                || path.EndsWith("/stream", StringComparison.Ordinal)
                || path.Contains("sign-", StringComparison.Ordinal)
            )
                continue;
            foreach (var who in (HttpClient[])[admin, person])
            {
                using var answer = await who.GetAsync(new Uri(path, UriKind.Relative));
                seen.AppendLine(path).AppendLine(await answer.Content.ReadAsStringAsync());
                seen.AppendLine(string.Join('\n', answer.Headers.Select(header => $"{header.Key}: {string.Join(',', header.Value)}")));
                looked += answer.IsSuccessStatusCode ? 1 : 0;
            }
        }

        looked.ShouldBeGreaterThan(20);
        seen.Append(await LinesAsync(admin, $"/api/v1/runs/{run}/output", last: null, until: "event: end"));
        seen.Append(await LinesAsync(admin, "/api/v1/stream?after=0", last: null, until: "event: keep-alive", times: 2));
    }

    private protected static async Task<string> LinesAsync(HttpClient client, string path, string? last, string until, int times = 1)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var read = new StringBuilder();
        while (times > 0 && await reader.ReadLineAsync() is { } line)
        {
            read.AppendLine(line);
            times -= line == until ? 1 : 0;
        }

        return read.ToString();
    }

    private void NotIn(string text, string where)
    {
        foreach (var secret in (string[])[Token, Token.ToLowerInvariant(), pem, Setting])
        {
            foreach (var (writing, leak) in Leaks.All)
            {
                foreach (var trace in leak(secret).Traces.Where(trace => trace.Length >= 8))
                {
                    if (text.IndexOf(trace, StringComparison.Ordinal) is var at and >= 0)
                        Assert.Fail($"{writing} is in {where}: …{text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 200)]}…");
                }
            }
        }
    }
}

public sealed class SqlitePlantedSecretTests(ITestOutputHelper output) : PlantedSecretContract(output)
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";

    private protected override async Task<string> BytesAsync(string database)
    {
        // The bot has stopped; what is not yet in the file is in its write-ahead log.
        var path = new SqliteConnectionStringBuilder(database).DataSource;
        var all = new StringBuilder();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*"))
            all.Append(Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file)));
        // A page boundary may part a text in the file, not in its rows.
        await using var connection = new SqliteConnection(database);
        await connection.OpenAsync();
        using var tables = connection.CreateCommand();
        tables.CommandText = "select name from sqlite_master where type = 'table'";
        var names = new List<string>();
        await using (var reader = await tables.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                names.Add(reader.GetString(0));
        }

        foreach (var name in names)
        {
            using var rows = connection.CreateCommand();
            rows.CommandText = $"select * from \"{name}\"";
            await using var reader = await rows.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                for (var i = 0; i < reader.FieldCount; i++)
                    all.AppendLine(reader.GetValue(i) is byte[] blob ? Encoding.UTF8.GetString(blob) : reader.GetValue(i).ToString());
            }
        }

        return all.ToString();
    }
}

public sealed class PostgresPlantedSecretTests(ITestOutputHelper output) : PlantedSecretContract(output)
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();

    private protected override async Task<string> BytesAsync(string database)
    {
        var at = new NpgsqlConnectionStringBuilder(database);
        var program = Directory
            .GetFiles("/usr/lib/postgresql", "pg_dump", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Last();
        using var dump = Process.Start(
            new ProcessStartInfo(
                program,
                ["--inserts", $"--host={at.Host}", $"--port={at.Port}", $"--username={at.Username}", at.Database!]
            )
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        var all = await dump.StandardOutput.ReadToEndAsync();
        await dump.WaitForExitAsync();
        dump.ExitCode.ShouldBe(0);
        return all;
    }
}
