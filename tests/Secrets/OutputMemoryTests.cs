using System.Diagnostics;
using System.Globalization;
using System.Text;
using Runbooks.Secrets;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Secrets;

/// <summary>How much memory output takes.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OutputMemoryTests(ITestOutputHelper output)
{
    private const string Name = "memory";
    private const long Gigabyte = 1_073_741_824;

    /// <remarks>In a process of its own, since the kernel counts the memory of a whole process.</remarks>
    [Fact]
    public async Task A_gigabyte_of_output_takes_seconds_and_little_memory()
    {
        var folder = Directory.CreateTempSubdirectory("incident-memory-");
        File.WriteAllText(
            Path.Combine(folder.FullName, "flood.yaml"),
            """
            runbook: flood
            steps:
              - id: flood
                run: "head -c 1G /dev/zero | tr '\\0' x; echo; echo the end"
                effect: read
                timeout: 5m
            """
        );
        using var bot = new BotProcess(
            $"Data Source={folder.FullName}/incident.db",
            more: new Dictionary<string, string> { ["Runbooks__Paths__0"] = folder.FullName }
        );
        await bot.StartAsync();
        var before = PeakMegabytes(bot.Id);
        var begun = Stopwatch.GetTimestamp();
        var run = (await bot.PostAsync("/api/v1/runs", new { runbook = "flood" })).GetProperty("id").GetString()!;
        await Until.Holds(
            async () => (await bot.GetAsync($"/api/v1/runs/{run}")).GetProperty("state").GetString() is "succeeded",
            "its end"
        );
        output.WriteLine(
            $"1 GiB in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s, {before} MB before it, {PeakMegabytes(bot.Id)} MB at most"
        );

        (PeakMegabytes(bot.Id) - before).ShouldBeLessThan(200);
        // Output is written beside the run's own facts, and may come a little later than its end.
        var lines = await Until.Comes(
            async () => await LinesAsync(bot, run) is var read && read is [.., "the end"] ? read : null,
            "the last line of the output"
        );
        lines.Sum(line => (long)line.Length).ShouldBeLessThan(11_000_000);
        lines.ShouldContain(line => line.Contains($"of {Gigabyte + 9:N0} bytes of out cut", StringComparison.Ordinal));
        bot.Kill();
        folder.Delete(recursive: true);
    }

    [Fact]
    public void A_long_text_that_is_never_quite_a_secret_takes_little_memory()
    {
        var stream = new SecretMask([new string('a', 200) + "b"]).Stream();
        var piece = new string('a', 64 * 1024);
        var shown = new StringBuilder();
        long length = 0;
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 40; i++)
        {
            stream.Write(piece, shown);
            length += shown.Length;
            shown.Clear();
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(2_000_000);
        stream.Finish(shown);
        (length + shown.Length).ShouldBe(40L * piece.Length);
    }

    private static async Task<List<string>> LinesAsync(BotProcess bot, string run)
    {
        var lines = new List<string>();
        while (true)
        {
            var page = (await bot.GetAsync($"/api/v1/runs/{run}/output?limit=1000&after={lines.Count}")).GetProperty("items");
            if (page.GetArrayLength() == 0)
                return lines;
            lines.AddRange(page.EnumerateArray().Select(line => line.GetProperty("text").GetString()!));
        }
    }

    /// <summary>The most that a process has held at once (proc(5): VmHWM).</summary>
    private static long PeakMegabytes(int process) =>
        long.Parse(
            File.ReadLines($"/proc/{process}/status")
                .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        ) / 1024;
}
