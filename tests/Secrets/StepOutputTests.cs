using System.Collections.Concurrent;
using System.Text;
using CsCheck;
using Integrations.Scripts;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Support;

namespace Tests.Secrets;

/// <summary>What scripts write becomes lines: masked wherever it is cut, shown sanely, bounded.</summary>
public sealed class StepOutputTests
{
    private const string Secret = "pâss-word/€-of+the door";

    // As ssh-keygen writes it; nobody is let in with it.
    private const string Key = """
        -----BEGIN OPENSSH PRIVATE KEY-----
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
        QyNTUxOQAAACBxsMNsRdyTf2wN0LMzuaJvplSWVHr2cFNDCdzoMBlQ1wAAAJDTbrqO0266
        jgAAAAtzc2gtZWQyNTUxOQAAACBxsMNsRdyTf2wN0LMzuaJvplSWVHr2cFNDCdzoMBlQ1w
        AAAEBV3n0sYpEjdd4IEPyHVfWeUPjVAjVRVbGMGuPdpJIHwnGww2xF3JN/bA3QszO5om+m
        VJZUevZwU0MJ3OgwGVDXAAAADHJvb3RAbWFjaGluZQE=
        -----END OPENSSH PRIVATE KEY-----
        """;

    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private readonly ConcurrentQueue<string> lines = new();
    private readonly ConcurrentQueue<DateTimeOffset?> times = new();

    [Fact]
    public void A_secret_is_masked_at_every_byte_where_it_may_be_cut()
    {
        foreach (var (name, leak) in Leaks.All)
        {
            var (text, traces) = leak(Secret);
            var bytes = Encoding.UTF8.GetBytes($"before {text} after\nnext\n");
            for (var cut = 0; cut <= bytes.Length; cut++)
            {
                lines.Clear();
                var step = Output(Secret);
                step.Write(StepOutput.Out, bytes.AsSpan(0, cut));
                step.Write(StepOutput.Out, bytes.AsSpan(cut));
                step.End();
                foreach (var trace in traces)
                    lines.ShouldNotContain(line => line.Contains(trace, StringComparison.Ordinal), $"{name}, cut at {cut}");
                lines.ShouldContain("out next", $"{name}, cut at {cut}");
            }
        }
    }

    [Fact]
    public void A_secret_is_masked_wherever_the_log_limit_cuts()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 40).Select(i => $"{i}:{Secret};")));
        for (var limit = 1; limit < bytes.Length; limit++)
        {
            lines.Clear();
            var step = Output(Secret, limit);
            step.Write(StepOutput.Out, bytes);
            step.End();
            var shown = string.Join('\n', lines.Where(line => line.StartsWith("out ", StringComparison.Ordinal)).Select(line => line[4..]));
            for (var length = 4; length <= Secret.Length; length++)
            {
                shown.ShouldNotContain(Secret[..length], Case.Sensitive, $"limit {limit}");
                shown.ShouldNotContain(Secret[^length..], Case.Sensitive, $"limit {limit}");
            }
        }
    }

    [Fact]
    public void A_colour_or_a_control_character_in_a_secret_does_not_hide_it()
    {
        var step = Output(Secret);
        step.Line($"x \u001b[1;31m{Secret[..7]}\u001b[0m{Secret[7..]} y");
        step.Line($"x {Secret[..9]}\0\b{Secret[9..]} y");
        step.End();
        lines.ShouldBe(["out x *** y", "out x *** y"]);
    }

    [Fact]
    public void What_only_a_terminal_understands_is_taken_out()
    {
        var step = Output(Secret);
        step.Line("\u001b]0;title\u0007a\u001b[2Kb\tc\u001b(Bd\u0000e\u0007f\u007fg\u202eh\u009b31mi");
        step.Write(StepOutput.Out, "10%\r20%\r\ndone"u8);
        step.End();
        lines.ShouldBe(["out ab\tcdefghi", "out 10%", "out 20%", "out done"]);
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_shown_as_such_and_characters_survive_any_cut()
    {
        var step = Output(Secret);
        var bytes = Encoding.UTF8.GetBytes("grün 中 😀\n");
        foreach (var one in bytes)
            OneByte(one);
        OneByte(0xFF);
        OneByte((byte)'!');
        step.End();
        lines.ShouldBe(["out grün 中 😀", "out \ufffd!"]);

        void OneByte(byte one) => step.Write(StepOutput.Out, [one]);
    }

    [Fact]
    public void Any_text_comes_out_as_its_lines_however_it_is_cut() =>
        Gen.Select(Gen.Char["ab\nä€ "].Array[0, 400].Select(letters => new string(letters)), Gen.Int[1, 30].Array[1, 5])
            .Sample(
                (text, cuts) =>
                {
                    var shown = new ConcurrentQueue<string>();
                    var step = new StepOutput(
                        "run-1",
                        "step",
                        10_000,
                        new SecretMask([Secret]),
                        new LinesShown(shown),
                        TimeProvider.System
                    );
                    var bytes = Encoding.UTF8.GetBytes(text);
                    for (var (at, i) = (0, 0); at < bytes.Length; i++)
                    {
                        var length = Math.Min(cuts[i % cuts.Length], bytes.Length - at);
                        step.Write(StepOutput.Out, bytes.AsSpan(at, length));
                        at += length;
                    }

                    step.End();
                    var expected = text.Split('\n').ToList();
                    if (expected[^1].Length == 0)
                        expected.RemoveAt(expected.Count - 1);
                    shown.ShouldBe(expected.Select(line => "out " + line));
                    step.Text(StepOutput.Out).ShouldBe(text);
                },
                iter: 500
            );

    [Theory]
    [InlineData(Secret)]
    [InlineData(Key)]
    [InlineData("restarting the door is secret")]
    [InlineData("{\n  \"type\": \"service_account\",\n  \"key\": \"of-the-door-42\"\n}")]
    public void A_line_that_is_whole_is_shown_before_anything_else_comes(string secret)
    {
        string[] everyday =
        [
            .. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/-_%\\&'\"`{[".Select(letter => $"ends in {letter}"),
            .. (string[])
                ["starting", "done", "restarting", "100%", "10%%", "C:\\", "Job 42", "AA", "{", "ok'", "it's", "5 & 6", "a%2", "b&am"],
        ];
        var step = Output(secret);
        foreach (var line in everyday)
        {
            step.Line(line);
            lines.Last().ShouldBe("out " + line);
        }

        step.End();
        lines.Count.ShouldBe(everyday.Length);
    }

    [Fact]
    public void A_line_that_may_end_in_a_secret_waits_a_moment_and_is_shown_without_it_at_the_time_it_came()
    {
        var folded = Convert.ToBase64String(Encoding.UTF8.GetBytes(Key));
        var step = Output(Key);
        var first = time.GetUtcNow();
        step.Line("data: " + folded[..30]);
        time.Advance(StreamOutput.Patience / 2);
        step.Line(folded[30..60]);
        lines.ShouldBeEmpty();

        time.Advance(StreamOutput.Patience / 2);
        lines.ShouldBe(["out data: ***", "out ***"]);
        times.ShouldBe([first, first + StreamOutput.Patience / 2]);

        step.Line(folded[60..] + " and after it");
        step.End();
        lines.ShouldBe(["out data: ***", "out ***", "out *** and after it"]);
    }

    [Fact]
    public void Of_a_secret_that_is_folded_into_the_shortest_lines_nobody_reads_more_than_three_letters()
    {
        var step = Output(Secret);
        foreach (var letter in Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Secret)))
        {
            step.Line($"{letter}");
            time.Advance(StreamOutput.Patience);
        }

        step.End();
        lines.Count(line => line != "out ***").ShouldBeLessThanOrEqualTo(3);
    }

    [Theory]
    [InlineData(10_000_000)]
    [InlineData(60)]
    public void At_the_end_of_what_was_cut_no_half_of_a_secret_is_left(int limit)
    {
        var step = Output(Secret, limit);
        step.Write(StepOutput.Out, Encoding.UTF8.GetBytes(new string('x', 100) + "\nknown " + Secret[..^3]));
        step.End(cut: true);
        lines.Last().ShouldBe("out known ***");
        step.Text(StepOutput.Out).ShouldEndWith("\nknown ");
    }

    [Fact]
    public void What_comes_after_the_end_is_nobodys_any_more()
    {
        var step = Output(Secret);
        step.Line("in time");
        step.End();
        step.Line("too late");
        lines.ShouldBe(["out in time"]);
    }

    [Fact]
    public async Task Two_may_write_at_once()
    {
        var step = Output(Secret);
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(writer =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 2_000; i++)
                            step.Line($"{writer} says {i}");
                    })
                )
        );
        step.End();
        lines.Distinct().Count().ShouldBe(8_000);
        lines.ShouldAllBe(line => line.Contains(" says "));
    }

    [Fact]
    public void The_middle_is_cut_and_the_cut_is_said()
    {
        var step = Output(Secret, limit: 1_000);
        for (var i = 0; i < 10_000; i++)
            step.Line($"line {i:0000}");
        step.End();
        lines.First().ShouldBe("out line 0000");
        lines.Last().ShouldBe("out line 9999");
        lines.Count(line => line.StartsWith("out line ", StringComparison.Ordinal)).ShouldBeInRange(98, 100);
        lines.ShouldContain(line =>
            line.StartsWith("info … 99,0", StringComparison.Ordinal) && line.Contains("of 100,000 bytes of out cut: log-limit is 1 KB")
        );
        lines.ShouldContain(line => line.Contains("its end follows when the step ends", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_cut_that_fits_exactly()
    {
        var step = Output(Secret, limit: 1_000);
        for (var i = 0; i < 100; i++)
            step.Line($"line {i:0000}");
        step.End();
        lines.ShouldBe(Enumerable.Range(0, 100).Select(i => $"out line {i:0000}"));
    }

    [Fact]
    public void A_million_empty_lines_are_few_rows()
    {
        var step = Output(Secret);
        step.Write(StepOutput.Out, Enumerable.Repeat((byte)'\n', 4_000_000).ToArray());
        step.End();
        lines.Count.ShouldBeLessThan((2 * StreamOutput.MostLines) + 5_000);
    }

    [Fact]
    public async Task A_line_of_100_MB_without_an_end_is_shown_in_pieces()
    {
        var runner = new ScriptRunner(TimeProvider.System, NullLogger<ScriptRunner>.Instance);
        await runner.RunAsync(Call("head -c 100M /dev/zero | tr '\\0' y"), _ => Task.FromResult(true), default);
        lines
            .Where(line => line.StartsWith("out ", StringComparison.Ordinal))
            .Max(line => line.Length)
            .ShouldBeLessThanOrEqualTo(LinePipe.LongestLine + 4);
        lines.Sum(line => (long)line.Length).ShouldBeInRange(9_900_000, 11_000_000);
    }

    private StepOutput Output(string secret, int limit = 10_000_000) =>
        new("run-1", "step", limit, new SecretMask([secret]), new LinesShown(lines, times), time);

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
            Output(Secret)
        );
}
