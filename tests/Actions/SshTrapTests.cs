using Runbooks.Actions;
using Runbooks.Running;
using Tests.Support;

namespace Tests.Actions;

/// <summary>A command on a real sshd that is asked to end has its time to tidy up, and so has whatever it starts for that.</summary>
public sealed class SshTrapTests : SshTests
{
    private const string Tidies =
        "trap 'echo tidies up; sh -c \"sleep 0.7; echo tidied\" >>$TIDIED; exit 9' TERM; echo ready; while :; do sleep 0.1; done";

    [Theory]
    [InlineData(Tidies)]
    // The shell around it has ended before it has tidied up.
    [InlineData("bash -c \"$SCRIPT\"; :")]
    public async Task At_the_time_limit_what_a_trap_starts_is_left_its_time(string command)
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync(command, stop.Token);
        await ReadyAsync();

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        (await File.ReadAllTextAsync(Tidied)).ShouldBe("tidied\n");
        Shown.Last().ShouldContain("was ended; nothing that could be found is left of it");
    }

    [Fact]
    public async Task When_the_connection_breaks_it_is_left_its_time_although_two_ask_then()
    {
        var running = RunAsync(Tidies, CancellationToken.None);
        await ReadyAsync();

        foreach (var session in SessionsOf(Server.Port))
            System.Diagnostics.Process.GetProcessById(session).Kill();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        // Who asks it on the host may be later than the bot, whose new connection is perhaps broken as well.
        await Until.Holds(
            async () => await File.ReadAllTextAsync(Tidied) is "tidied\n",
            "the end of its trap",
            () => Task.FromResult(string.Join('\n', Shown))
        );
    }

    [Fact]
    public async Task Who_came_after_the_others_were_asked_is_asked_before_he_is_ended()
    {
        using var stop = new CancellationTokenSource();
        // As one that began while the others were looked for.
        var running = RunAsync(
            "trap 'sh -c \"trap \\\"echo asked >>$TIDIED; exit\\\" TERM; while :; do sleep 0.05; done\"' TERM; echo ready; while :; do sleep 0.1; done",
            stop.Token
        );
        await ReadyAsync();

        await stop.CancelAsync();

        await running;
        (await File.ReadAllTextAsync(Tidied)).ShouldBe("asked\n");
    }

    private string Tidied => Folder.FullName + "/tidied";

    private Task ReadyAsync() => Until.Holds(() => Task.FromResult(Shown.Contains("ready")), "the command");

    private async Task<ActionResult> RunAsync(string command, CancellationToken stop)
    {
        await File.WriteAllTextAsync(Tidied, "", CancellationToken.None);
        return await Called.RunAsync(
            Action,
            new Dictionary<string, object?>
            {
                ["host"] = "127.0.0.1",
                ["port"] = Server.Port,
                ["user"] = Server.User,
                ["key"] = Server.ClientKey,
                ["host-keys"] = new[] { Server.HostKey },
                ["command"] = command,
                ["env"] = new Dictionary<string, string> { ["TIDIED"] = Tidied, ["SCRIPT"] = Tidies },
            },
            output: Shown.Enqueue,
            stop: stop
        );
    }
}
