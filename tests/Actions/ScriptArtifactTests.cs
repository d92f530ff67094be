using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Integrations.Scripts;
using Microsoft.Extensions.Logging.Abstractions;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Which of the files that a script leaves are kept, and what is said of the others. The scripts are real.</summary>
public sealed class ScriptArtifactTests : IDisposable
{
    private const string Secret = "Planted-Secret-0042";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ScriptRunner runner = new(TimeProvider.System, NullLogger<ScriptRunner>.Instance);
    private readonly DirectoryInfo outside = Directory.CreateTempSubdirectory("incident-outside-");
    private readonly ConcurrentQueue<string> lines = new();
    private readonly MemoryStore store = new();

    public void Dispose() => outside.Delete(recursive: true);

    [Fact]
    public async Task A_file_is_kept_with_its_size_and_hash()
    {
        var kept = await KeptAsync("printf 'all is well\\n' > report.txt", "report.txt");

        var hash = Convert.ToHexStringLower(SHA256.HashData("all is well\n"u8));
        kept.Files.ShouldBe([new Artifact("report.txt", 12, hash, Text: true)]);
        store.Text(kept.Files[0]).ShouldBe("all is well\n");
        kept.NotKept.ShouldBeEmpty();
        lines.ShouldContain("info artifacts: kept report.txt (12 bytes)");
    }

    [Theory]
    [InlineData("a.log", "a.log")]
    [InlineData("./a.log", "a.log")]
    [InlineData("*.log", "a.log b.log")]
    [InlineData("?.log", "a.log b.log")]
    [InlineData("*", "a.log b.log logs/c.log logs/deep/d.log logs/deep/e.txt")]
    [InlineData("logs", "logs/c.log logs/deep/d.log logs/deep/e.txt")]
    [InlineData("logs/", "logs/c.log logs/deep/d.log logs/deep/e.txt")]
    [InlineData("logs/*", "logs/c.log logs/deep/d.log logs/deep/e.txt")]
    [InlineData("**/*.log", "a.log b.log logs/c.log logs/deep/d.log")]
    [InlineData("logs/**/d.*", "logs/deep/d.log")]
    [InlineData("**", "a.log b.log logs/c.log logs/deep/d.log logs/deep/e.txt")]
    [InlineData(".env", ".env")]
    [InlineData(".*", ".env")]
    public async Task Patterns_mean_names_below_the_folder(string pattern, string expected)
    {
        const string Body = """
            mkdir -p logs/deep .git
            for f in a.log b.log .env .git/config logs/c.log logs/deep/d.log logs/deep/e.txt; do echo "$f" > "$f"; done
            """;
        if (pattern is ".*")
            expected += " .git/config";

        (await KeptAsync(Body, pattern)).Files.Select(file => file.Name).ShouldBe(expected.Split(' '), ignoreOrder: true);
    }

    [Fact]
    public async Task A_file_that_two_patterns_match_is_kept_once()
    {
        (await KeptAsync("echo a > a.log", "*.log", "a*")).Files.Count.ShouldBe(1);
        lines.ShouldNotContain(line => line.Contains("nothing matches"));
    }

    [Fact]
    public async Task What_fails_leaves_its_files_too()
    {
        var (result, kept) = await RunAsync("echo why > why.txt; exit 3", patterns: ["why.txt"]);

        result.ShouldBeOfType<ActionResult.Failed>();
        kept.ShouldNotBeNull().Files.ShouldHaveSingleItem().Name.ShouldBe("why.txt");
    }

    [Fact]
    public async Task What_is_stopped_at_its_time_limit_leaves_its_files_too()
    {
        using var limit = new CancellationTokenSource();
        var artifacts = Artifacts(["stack.txt"]);
        var running = RunAsync("echo stuck > stack.txt; echo ready; sleep 600", artifacts, limit.Token);
        await Until.Holds(() => Task.FromResult(lines.Contains("out ready")), "the script's word");

        await limit.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        artifacts.Fact.ShouldNotBeNull().Files.ShouldHaveSingleItem().Name.ShouldBe("stack.txt");
    }

    [Fact]
    public async Task A_pattern_that_matches_nothing_is_told_and_fails_nothing()
    {
        var (result, kept) = await RunAsync("true", patterns: ["*.log", "logs/none.txt"]);

        result.ShouldBeOfType<ActionResult.Succeeded>();
        kept.ShouldBeNull();
        lines.ShouldContain("info artifacts: nothing matches '*.log'");
        lines.ShouldContain("info artifacts: nothing matches 'logs/none.txt'");
    }

    [Theory]
    [InlineData("ln -s \"$OUTSIDE/x\" x", "x")]
    [InlineData("ln -s \"$OUTSIDE\" folder", "folder/x")]
    [InlineData("ln -s \"$OUTSIDE\" folder", "folder")]
    [InlineData("ln -s \"$OUTSIDE\" folder", "f*/x")]
    public async Task No_link_leads_outside(string body, string pattern)
    {
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "x"), "not the script's");

        var kept = await KeptAsync(body, pattern);

        kept.Files.ShouldBeEmpty();
        kept.NotKept.ShouldHaveSingleItem().ShouldContain("links are not followed");
        store.Contents.ShouldBeEmpty();
    }

    [Fact]
    public async Task Links_below_any_folders_are_passed_by()
    {
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "x.log"), "not the script's");

        (await KeptAsync("ln -s \"$OUTSIDE\" folder; echo a > a.log", "**/*.log")).Files.ShouldHaveSingleItem().Name.ShouldBe("a.log");
    }

    [Fact]
    public async Task A_link_in_the_place_of_the_scripts_folder_leads_nowhere()
    {
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "x"), "not the script's");

        var kept = await KeptAsync("rm -r \"$PWD\"; ln -s \"$OUTSIDE\" \"$PWD\"", "x");

        kept.Files.ShouldBeEmpty();
        kept.NotKept.ShouldHaveSingleItem().ShouldContain("is a link to");
        File.Exists(Path.Combine(outside.FullName, "x")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("mkfifo x", "it is no regular file")]
    [InlineData("echo no > x; chmod 0 x; [ \"$(id -u)\" != 0 ] || { rm x; mkfifo x; }", "x: it")]
    [InlineData("head -c 2001 /dev/zero > x", "it is larger than 2000 bytes")]
    [InlineData("rm -r \"$PWD\"", "is gone")]
    public async Task What_cannot_be_kept_is_told_with_its_reason(string body, string because)
    {
        var (result, kept) = await RunAsync(body, patterns: ["x"], limits: new ArtifactLimits(2_000, 10_000)).WaitAsync(Patience);

        result.ShouldBeOfType<ActionResult.Succeeded>();
        kept.ShouldNotBeNull().Files.ShouldBeEmpty();
        kept.NotKept.ShouldHaveSingleItem().ShouldContain(because);
        lines.ShouldContain(line => line.StartsWith("info artifacts: not kept: ") && line.Contains(because));
    }

    [Fact]
    public async Task Of_many_files_the_first_are_kept_and_the_others_counted()
    {
        var kept = await KeptAsync("for i in $(seq 100 250); do echo $i > $i.txt; done", "*.txt");

        kept.Files.Count.ShouldBe(ArtifactLimits.MostFiles);
        kept.NotKept.Count.ShouldBe(21);
        kept.NotKept[^1].ShouldBe("31 more");
        kept.NotKept[0].ShouldContain("at most 100 files");
    }

    [Fact]
    public async Task A_run_that_has_its_fill_keeps_no_more()
    {
        var (_, kept) = await RunAsync(
            "head -c 600 /dev/urandom > a; head -c 600 /dev/urandom > b; echo c > c",
            patterns: ["*"],
            limits: new ArtifactLimits(1_000, 1_000)
        );

        kept.ShouldNotBeNull().Files.Select(file => file.Name).ShouldBe(["a", "c"]);
        kept.NotKept.ShouldHaveSingleItem().ShouldStartWith("b: with it the run would keep more than 1000 bytes");
    }

    [Fact]
    public async Task Secrets_are_masked_in_text_and_in_names()
    {
        var kept = await KeptAsync(
            $"printf 'a={Secret}\\r\\nb=2\\n' > 'of {Secret}.txt'; printf '%s' {Secret} | base64 > b64.txt; echo clean > clean.txt",
            "*.txt"
        );

        kept.Files.Select(file => (file.Name, file.Masked)).ShouldBe([("b64.txt", true), ("clean.txt", false), ("of ***.txt", true)]);
        kept.Files.Select(store.Text).Skip(1).ShouldBe(["clean\n", "a=***\r\nb=2\n"]);
        store.Text(kept.Files[0]).ShouldStartWith("***");
    }

    [Theory]
    [InlineData("printf '\\0\\1%s\\0' \"$S\" > x")]
    [InlineData("printf '\\377%s' \"$S\" > x")]
    [InlineData("printf '\\377%s' \"$S\" | iconv -f latin1 -t utf-16le > x")]
    [InlineData("printf 'ab%s' \"$S\" | iconv -t utf-16be > x; printf 'z' >> x")]
    [InlineData("printf 'z' > x; printf 'ab%s' \"$S\" | iconv -t utf-16le >> x")]
    [InlineData("printf '%s\\033[31m%s' \"${S:0:5}\" \"${S:5}\" > x")]
    public async Task A_secret_where_nobody_can_mask_it_keeps_the_file_out(string body)
    {
        var kept = await KeptAsync($"S={Secret}; {body}", "x");

        kept.Files.ShouldBeEmpty();
        kept.NotKept.ShouldBe(["x: a secret of the run stands in it, where it cannot be masked"]);
        store.Contents.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_binary_without_a_secret_is_kept_byte_for_byte()
    {
        var kept = await KeptAsync("head -c 100000 /dev/urandom > x; sha256sum x", "x");

        var file = kept.Files.ShouldHaveSingleItem();
        lines.ShouldContain($"out {file.Hash}  x");
        (file.Text, file.Masked).ShouldBe((false, false));
    }

    [Fact]
    public async Task In_a_folder_of_its_own_choice_they_begin_there()
    {
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "output"), "a name that is ours elsewhere");

        var (_, kept) = await RunAsync("echo here > here.txt", patterns: ["*"], folder: outside.FullName);

        kept.ShouldNotBeNull().Files.Select(file => file.Name).ShouldBe(["here.txt", "output"]);
    }

    [Fact]
    public async Task A_leftover_gives_what_its_script_had_left()
    {
        var process = new StepProcess(Environment.MachineName, int.MaxValue, 1);
        var folder = ScriptFolder.Create();
        await folder.WriteAsync("echo body", default);
        folder.BelongsTo(process);
        await File.WriteAllTextAsync(Path.Combine(folder.Location, "half.txt"), "half");
        var artifacts = Artifacts(["*"]);

        (await runner.EndLeftoverAsync(new ScriptLeftover("run-1", "script", process, artifacts, (_, _) => { }), default)).ShouldBeTrue();

        artifacts.Fact.ShouldNotBeNull().Files.ShouldHaveSingleItem().Name.ShouldBe("half.txt");
        Directory.Exists(folder.Location).ShouldBeFalse();
    }

    [Fact]
    public async Task A_store_that_takes_nothing_fails_no_step()
    {
        store.Fault = new IOException("the disk is full");

        var (result, kept) = await RunAsync("echo a > a", patterns: ["a"]);

        result.ShouldBeOfType<ActionResult.Succeeded>();
        kept.ShouldNotBeNull().NotKept.ShouldHaveSingleItem().ShouldContain("the disk is full");
    }

    private async Task<RunFact.ArtifactsKept> KeptAsync(string body, params string[] patterns)
    {
        var (result, kept) = await RunAsync(body, patterns: patterns).WaitAsync(Patience);
        result.ShouldBeOfType<ActionResult.Succeeded>(string.Join('\n', lines));
        return kept.ShouldNotBeNull(string.Join('\n', lines));
    }

    private async Task<(ActionResult Result, RunFact.ArtifactsKept? Kept)> RunAsync(
        string body,
        string[] patterns,
        ArtifactLimits? limits = null,
        string? folder = null
    )
    {
        store.Limits = limits ?? ArtifactLimits.Usual;
        var artifacts = Artifacts(patterns, folder);
        var result = await RunAsync(body, artifacts, default);
        return (result, artifacts.Fact);
    }

    private Task<ActionResult> RunAsync(string body, StepArtifacts artifacts, CancellationToken cancel) =>
        runner.RunAsync(
            new ScriptCall(
                "run-1",
                "step",
                1,
                "bash",
                body,
                new Dictionary<string, string>(StringComparer.Ordinal) { ["OUTSIDE"] = outside.FullName },
                artifacts.Folder,
                StepEffect.Once,
                [],
                new StepOutput("run-1", "step", 1_000_000, SecretMask.None, new LinesShown(lines), TimeProvider.System)
            )
            {
                Artifacts = artifacts,
            },
            _ => Task.FromResult(true),
            cancel
        );

    private StepArtifacts Artifacts(string[] patterns, string? folder = null) =>
        new(store, "run-1", "step", 1, patterns, folder, before: 0, new SecretMask([Secret]), new LinesShown(lines));

    private sealed class MemoryStore : IArtifactStore
    {
        public ArtifactLimits Limits { get; set; } = ArtifactLimits.Usual;

        public Dictionary<string, byte[]> Contents { get; } = new(StringComparer.Ordinal);

        public Exception? Fault { get; set; }

        public string Text(Artifact file) => Encoding.UTF8.GetString(Contents[file.Hash]);

        public Task<bool> PutAsync(string run, string hash, ReadOnlyMemory<byte> content, CancellationToken cancel)
        {
            if (Fault is not null)
                throw Fault;
            if (Contents.Values.Sum(known => known.Length) + content.Length > Limits.Run)
                return Task.FromResult(false);
            Contents[hash] = content.ToArray();
            return Task.FromResult(true);
        }
    }
}
