using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>
/// Every action that leaves the machine, on targets that misbehave: bounded in time and memory, never a success, the right class, a
/// sentence without a secret. Actions are discovered: a new one is tried as it is added.
/// </summary>
public sealed class HostileTargetTests
{
    // What an action may take in of an answer without end, and what lies in the kernel's buffers.
    private const long MostTaken = 64_000_000;

    // Beyond its time limit, on a machine where all of them are called at once.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private static readonly byte[] Blanks = Encoding.ASCII.GetBytes(new string(' ', 64 << 10));

    // That somebody listens is all that this one wants to know: whatever becomes of the connection, it is right to say yes.
    private static readonly string[] ConnectsOnly = ["tcp/connect@1"];

    private static readonly Dictionary<string, Func<Hostile, Socket, CancellationToken, Task>> Ways = new(StringComparer.Ordinal)
    {
        ["accepts and says nothing"] = (_, _, stop) => Misbehaving.StaySilentAsync(stop),
        ["says one byte at a time"] = (_, socket, stop) =>
            Misbehaving.TrickleAsync(socket, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n"u8.ToArray(), stop),
        ["says nonsense without end"] = (target, socket, stop) => target.FloodAsync(socket, "", stop),
        ["answers HTTP without end"] = (target, socket, stop) =>
            target.FloodAsync(socket, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", stop),
        ["resets"] = (_, socket, _) => TcpTarget.ResetAsync(socket),
        ["hangs up"] = (_, _, _) => Task.CompletedTask,
        ["takes what comes and resets"] = async (_, socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[64 << 10], SocketFlags.None, stop);
            await TcpTarget.ResetAsync(socket);
        },
    };

    // What only whoever speaks HTTP would believe; each goes on to a gigabyte.
    private static readonly Dictionary<string, Func<Hostile, Socket, CancellationToken, Task>> HttpWays = new(StringComparer.Ordinal)
    {
        ["headers without end"] = (target, socket, stop) =>
            target.FloodAsync(socket, "HTTP/1.1 200 OK\r\n", stop, Repeated("X-More: yes\r\n")),
        ["a header without end"] = (target, socket, stop) => target.FloodAsync(socket, "HTTP/1.1 200 OK\r\nX-More: ", stop, Repeated("y")),
        ["pieces without end"] = (target, socket, stop) =>
            target.FloodAsync(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", stop, Repeated("4\r\n    \r\n")),
        ["a piece's extension without end"] = (target, socket, stop) =>
            target.FloodAsync(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;", stop, Repeated("x")),
        ["a gigabyte as it says"] = (target, socket, stop) =>
            target.FloodAsync(socket, $"HTTP/1.1 200 OK\r\nContent-Length: {Misbehaving.Gigabyte}\r\n\r\n", stop),
        ["a failure without end"] = (target, socket, stop) => target.FloodAsync(socket, "HTTP/1.1 500 Oh\r\n\r\n", stop),
        ["a refusal without end"] = (target, socket, stop) => target.FloodAsync(socket, "HTTP/1.1 403 No\r\n\r\n", stop),
        ["an answer a byte at a time"] = (_, socket, stop) => TrickledAnswerAsync(socket, stop),
        ["half an answer and resets"] = (_, socket, stop) =>
            Misbehaving.ResetAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"u8.ToArray(), stop),
    };

    // What may stand in the place of a TLS server: nothing of the request has left when it shows.
    private static readonly string[] BeforeTls =
    [
        "accepts and says nothing",
        "says one byte at a time",
        "says nonsense without end",
        "resets",
        "hangs up",
        "takes what comes and resets",
    ];

    public static TheoryData<string> Misbehaviour => [.. Ways.Keys];

    public static TheoryData<string> HttpMisbehaviour => [.. HttpWays.Keys];

    public static TheoryData<string> TlsMisbehaviour => [.. BeforeTls];

    [Fact]
    public void Every_action_can_be_aimed() =>
        AimedCall.At(1).Values.Where(action => AimedCall.Arguments(action, 1) is null).Select(action => action.Name).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Misbehaviour))]
    public async Task A_target_that_misbehaves_ends_the_step_in_time(string way)
    {
        var wrong = await EachAsync(async action =>
        {
            await using var target = new Hostile(Ways[way]);
            var with = AimedCall.Arguments(action, target.Port)!;
            var (result, took) = await AimedCall.RunAsync(AimedCall.At(target.Port)[action.Name], with);
            if (took > AimedCall.Limit + Grace)
                return $"took {took}";
            if (target.Said > MostTaken)
                return $"took in {target.Said} bytes";
            // A body that is cut at `max-bytes` is what was asked for.
            if (way is "answers HTTP without end" && action.Name is "http/request@1" && result is ActionResult.Succeeded)
                return null;
            // It has the request, and nobody knows what it made of it.
            if (
                way is "accepts and says nothing" or "takes what comes and resets"
                && SpeaksHttp(action)
                && !IsUnknown(result)
                && !OnlyLooked(result)
            )
                return $"was not unknown: {result}";
            return Wrong(action, result);
        });

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(HttpMisbehaviour))]
    public async Task An_answer_in_HTTP_that_misbehaves_ends_the_step_in_time(string way)
    {
        var wrong = await EachAsync(async action =>
        {
            if (!SpeaksHttp(action))
                return null;
            await using var target = new Hostile(
                async (self, socket, stop) =>
                {
                    await socket.ReceiveAsync(new byte[64 << 10], SocketFlags.None, stop);
                    await HttpWays[way](self, socket, stop);
                }
            );
            var with = AimedCall.Arguments(action, target.Port)!;
            var (result, took) = await AimedCall.RunAsync(AimedCall.At(target.Port)[action.Name], with);
            if (took > AimedCall.Limit + Grace)
                return $"took {took}";
            if (target.Said > MostTaken)
                return $"took in {target.Said} bytes";
            // A body that is cut at `max-bytes` is what was asked for.
            if (
                action.Name is "http/request@1"
                && result is ActionResult.Succeeded
                && way is "pieces without end" or "a gigabyte as it says"
            )
                return null;
            return result is ActionResult.Failed { Class: FailureClass.NotSent } failed && !OnlyLooked(failed)
                ? $"was not-sent: {failed.Because}"
                : Wrong(action, result);
        });

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(TlsMisbehaviour))]
    public async Task A_target_that_misbehaves_before_TLS_stands_was_not_sent_anything(string way)
    {
        var wrong = await EachAsync(async action =>
        {
            if (!SpeaksTls(action))
                return null;
            await using var target = new Hostile(Ways[way]);
            var with = AimedCall.Arguments(action, target.Port, tls: true)!;
            var (result, took) = await AimedCall.RunAsync(AimedCall.At(target.Port, tls: true)[action.Name], with);
            if (took > AimedCall.Limit + Grace)
                return $"took {took}";
            if (target.Said > MostTaken)
                return $"took in {target.Said} bytes";
            return result is ActionResult.Failed { Class: not FailureClass.NotSent } failed
                ? $"was {failed.Class}: {failed.Because}"
                : Wrong(action, result);
        });

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_not_taken()
    {
        var wrong = await EachAsync(async action =>
        {
            if (!SpeaksTls(action))
                return null;
            using var target = TlsTarget.SelfSigned();
            var with = AimedCall.Arguments(action, target.Port, tls: true)!;
            var (result, _) = await AimedCall.RunAsync(AimedCall.At(target.Port, tls: true)[action.Name], with);
            if (target.Requests > 0)
                return "spoke to it";
            if (result is ActionResult.Failed told && !told.Because.Contains("CN=localhost signed itself", StringComparison.Ordinal))
                return $"does not say why: {told.Because}";
            return result is ActionResult.Failed { Class: not FailureClass.NotSent } failed
                ? $"was {failed.Class}: {failed.Because}"
                : Wrong(action, result);
        });

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        var wrong = await EachAsync(async action =>
        {
            if (!SpeaksHttp(action))
                return null;
            await using var elsewhere = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}");
            await using var target = TcpTarget.Answering(
                $"HTTP/1.1 307 There\nLocation: http://127.0.0.1:{elsewhere.Port}/\nContent-Length: 0\n\n"
            );
            var with = AimedCall.Arguments(action, target.Port)!;
            var (result, _) = await AimedCall.RunAsync(AimedCall.At(target.Port)[action.Name], with);
            if (elsewhere.Connections > 0)
                return "followed it";
            if (
                result is ActionResult.Failed told
                && !told.Because.Contains($"redirects to http://127.0.0.1:{elsewhere.Port}/", StringComparison.Ordinal)
            )
                return $"does not say where to: {told.Because}";
            return result is ActionResult.Failed { Class: FailureClass.NotSent } failed
                ? $"was not-sent: {failed.Because}"
                : Wrong(action, result);
        });

        wrong.ShouldBeEmpty();
    }

    private static bool IsUnknown(ActionResult result) =>
        result is ActionResult.Failed { Class: FailureClass.Unknown }
        // Of a server that is only looked at it is a finding.
        || result is ActionResult.Succeeded;

    // It looks before it acts, and what came to no good end was the look.
    private static bool OnlyLooked(ActionResult result) =>
        result is ActionResult.Failed { Class: FailureClass.NotSent } failed
        && failed.Because.EndsWith("(it had only looked so far: nothing was changed)", StringComparison.Ordinal);

    private static byte[] Repeated(string text) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, 10_000)));

    private static async Task TrickledAnswerAsync(Socket socket, CancellationToken stop)
    {
        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"u8.ToArray(), SocketFlags.None, stop);
        await Misbehaving.TrickleAsync(socket, Blanks, stop);
    }

    private static bool SpeaksHttp(IStepAction action) =>
        AimedCall.Arguments(action, 1)!.Any(argument => argument.Key is "url" or "kubeconfig")
        || action.Name.StartsWith("github/", StringComparison.Ordinal);

    private static bool SpeaksTls(IStepAction action) =>
        SpeaksHttp(action) || AimedCall.Arguments(action, 1)!.Any(argument => argument.Key is "endpoint" or "tls");

    // All at once: most of the time they wait. Whoever found no time to connect among so many has shown nothing, and is called alone.
    private static async Task<IReadOnlyList<string>> EachAsync(Func<IStepAction, Task<string?>> call)
    {
        var actions = AimedCall.At(1).Values.ToArray();
        var said = await Task.WhenAll(actions.Select(call));
        foreach (var (i, wrong) in said.Index())
        {
            if (wrong?.Contains("could not be connected in time", StringComparison.Ordinal) is true)
                said[i] = await call(actions[i]);
        }

        return [.. actions.Zip(said, (action, wrong) => wrong is null ? null : $"{action.Name} {wrong}").OfType<string>()];
    }

    private static string? Wrong(IStepAction action, ActionResult result) =>
        result switch
        {
            // Reset at once, it may see nobody.
            ActionResult.Succeeded when ConnectsOnly.Contains(action.Name) => null,
            ActionResult.Succeeded succeeded => succeeded.Result is { ValueKind: JsonValueKind.Object } answer
            && answer.TryGetProperty("ok", out var ok)
            && ok.ValueKind is JsonValueKind.False
                ? null
                : $"succeeded: {succeeded.Result}",
            ActionResult.Failed { Because.Length: 0 } => "said nothing",
            ActionResult.Failed failed when failed.Because.Contains(AimedCall.Secret, StringComparison.Ordinal) => "told a secret",
            ActionResult.Failed failed when failed.Because.Contains("Exception:", StringComparison.Ordinal) => $"said: {failed.Because}",
            _ => null,
        };

    /// <summary>A listener that does one thing to whoever comes.</summary>
    private sealed class Hostile : IAsyncDisposable
    {
        private readonly LoopbackListener listener;
        private long said;

        public Hostile(Func<Hostile, Socket, CancellationToken, Task> way) =>
            listener = new LoopbackListener(
                async (socket, stop) =>
                {
                    using (socket)
                    {
                        try
                        {
                            await way(this, socket, stop);
                        }
                        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
                        {
                            // The caller has had enough, or the test is over.
                        }
                    }
                }
            );

        public int Port => listener.Port;

        public long Said => Interlocked.Read(ref said);

        public Task FloodAsync(Socket socket, string first, CancellationToken stop, byte[]? block = null) =>
            Misbehaving.FloodAsync(
                socket,
                Encoding.ASCII.GetBytes(first),
                block ?? Blanks,
                stop,
                taken => Interlocked.Add(ref said, taken)
            );

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }
}
