using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Integrations.Scripts;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Secrets;

/// <summary>How much memory output takes. Alone, since it is the memory of the whole process that can be looked at.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OutputMemoryTests(ITestOutputHelper output)
{
    private const string Name = "memory";
    private const string Secret = "the-secret-of-the-door";
    private const long Gigabyte = 1_073_741_824;
    private readonly ConcurrentQueue<string> lines = new();

    [Fact]
    public async Task A_gigabyte_of_output_takes_seconds_and_little_memory()
    {
        var peak = 0L;
        // What lives, not what waits to be collected: how much garbage lies about depends on what ran in this process before.
        using var watch = new Timer(_ => InterlockedMax(ref peak, Living()), null, 0, 200);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var begun = Stopwatch.GetTimestamp();
        var runner = new ScriptRunner(TimeProvider.System);
        var result = await runner.RunAsync(
            Call("head -c 1G /dev/zero | tr '\\0' x; echo; echo the end"),
            _ => Task.FromResult(true),
            default
        );
        var took = Stopwatch.GetElapsedTime(begun);
        output.WriteLine($"1 GiB in {took.TotalSeconds:0.0} s, {(peak - before) / 1_000_000} MB more memory at most, {lines.Count} lines");

        result.ShouldBeOfType<ActionResult.Succeeded>();
        (peak - before).ShouldBeLessThan(150_000_000);
        took.ShouldBeLessThan(TimeSpan.FromMinutes(3));
        lines.Last().ShouldBe("out the end");
        lines.Sum(line => (long)line.Length).ShouldBeLessThan(11_000_000);
        lines.ShouldContain(line => line.Contains($"of {Gigabyte + 9:N0} bytes of out cut", StringComparison.Ordinal));
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

    private static long Living()
    {
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: false);
    }

    private static void InterlockedMax(ref long peak, long value)
    {
        long known;
        while ((known = Interlocked.Read(ref peak)) < value)
            Interlocked.CompareExchange(ref peak, value, known);
    }

    private ScriptCall Call(string body) =>
        new(
            "run-1",
            "step",
            1,
            "bash",
            body,
            new Dictionary<string, string>(StringComparer.Ordinal),
            null,
            StepEffect.Once,
            [],
            new StepOutput("run-1", "step", 10_000_000, new SecretMask([Secret]), new LinesShown(lines))
        );
}
