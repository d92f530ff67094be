using System.Text;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Tests.Secrets;

/// <summary>Why a command failed stands in the last line of its errors: that much of it, and nothing that may not be shown.</summary>
public sealed class ExitReasonTests
{
    private const string Secret = "correct-horse-battery-staple";

    [Theory]
    [InlineData("", "exit code 7")]
    [InlineData("\n \n\t\n", "exit code 7")]
    [InlineData("warning: old\nsudo: a password is required\n\n", "exit code 7: sudo: a password is required")]
    [InlineData("\u001b[31mno such\tunit\u001b[0m\u0007", "exit code 7: no such unit")]
    [InlineData("login with correct-horse-battery-staple failed", "exit code 7: login with *** failed")]
    // Whoever wrote may have been ended in the middle of it.
    [InlineData("login with correct-horse-batt", "exit code 7: login with ***")]
    // A line that has its end is whole, also where a secret begins as it ends.
    [InlineData("it is not public\n", "exit code 7: it is not public")]
    [InlineData("one\ncorrect-horse-battery-staple\n", "exit code 7: ***")]
    public void It_is_the_last_line_that_says_something(string errors, string because) => Of(errors, Secret).ShouldBe(because);

    [Fact]
    public void A_long_line_is_cut_and_no_secret_with_it()
    {
        for (var before = 150; before < 210; before++)
        {
            var because = Of(new string('x', before) + Secret + new string('y', 300), Secret);

            because.Length.ShouldBe("exit code 7: ".Length + 201);
            because.ShouldEndWith("…");
            because.ShouldNotContain("corr");
        }
    }

    [Theory]
    [InlineData("login with hunter%4")]
    [InlineData("login with hunter\\u00")]
    [InlineData("login with hunter%40no")]
    public void One_that_ends_in_an_escape_is_none_either(string errors) =>
        Of(errors, "hunter@noon").ShouldBe("exit code 7: login with ***");

    // The last letter of a line may begin a secret in base64, which encoders break into lines: it tells nothing of it, also if it ends another one.
    [Fact]
    public void A_line_that_has_its_end_is_told_to_its_last_letter_whatever_secrets_there_are()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var secrets = Enumerable.Range(0, 1 + (round % 4)).Select(_ => Random(random, 20)).ToArray();
            var ending = "abcdefghijklmnopqrstuvwxyz0123456789"[round % 36];

            Of($"it failed after {ending}\n", secrets).ShouldBe($"exit code 7: it failed after {ending}");
            Of($"login with {secrets[0]}\n", secrets).ShouldBe("exit code 7: login with ***");
            Of($"login with {secrets[0]}", secrets).ShouldBe("exit code 7: login with ***");
        }

        static string Random(Random random, int length) =>
            string.Concat(Enumerable.Range(0, length).Select(_ => "abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789"[random.Next(44)]));
    }

    [Fact]
    public void A_secret_of_many_lines_is_known_wherever_the_end_begins_that_is_looked_at()
    {
        var key = string.Join('\n', Enumerable.Range(0, 40).Select(line => $"line-{line}-of-the-key-{line * 7919}"));
        for (var after = 0; after < 6_000; after += 37)
            Of(new string('.', 100_000) + "\n" + key + "\n" + new string('x', after), key).ShouldNotContain("of-the-key");
    }

    [Fact]
    public void Of_much_that_was_written_the_last_line_is_told() =>
        Of(string.Concat(Enumerable.Repeat("and so on\n", 1_000_000)) + "no space left\n", Secret).ShouldBe("exit code 7: no space left");

    private static string Of(string errors, params IReadOnlyList<string> secrets)
    {
        var output = new StepOutput("run-1", "step", 1_000_000, new SecretMask(secrets), new Nowhere(), TimeProvider.System);
        output.Write(StepOutput.Error, Encoding.UTF8.GetBytes(errors));
        output.End();
        return output.ExitReason(7);
    }

    private sealed class Nowhere : IOutputSink
    {
        public void Write(string run, string step, string stream, string text, DateTimeOffset? at = null) { }
    }
}
