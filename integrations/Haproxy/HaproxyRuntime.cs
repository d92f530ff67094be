using System.Net.Sockets;
using System.Text;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Haproxy;

/// <summary>HAProxy's runtime socket (Management Guide, section 9.3): one connection per command, which it closes after its answer.</summary>
internal static class HaproxyRuntime
{
    private const int UsualPort = 9999;
    private const int LargestAnswer = 4_000_000;

    public static IReadOnlyList<FailureCase> Failures { get; } =
    [
        new(FailureClass.NotSent, "Nobody listens at the socket, the bot may not write to it, or the host is not allowed."),
        new(FailureClass.Refused, "HAProxy does not know the backend or server, or the socket's level is not `admin`."),
        new(FailureClass.Unknown, "No whole answer came in time. It may be done again."),
    ];

    /// <param name="socket">A path, or <c>host:port</c>.</param>
    /// <param name="read">What becomes of the answer; it is empty where all is well and nothing was asked for.</param>
    public static async Task<ActionResult> AskAsync(
        Outward outward,
        ActionCall call,
        string socket,
        string command,
        Func<string, ActionResult> read,
        CancellationToken cancel
    )
    {
        Socket connected;
        try
        {
            connected = await ConnectAsync(outward, socket, cancel);
            outward.InTime(call.Deadline);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new ActionResult.Failed(FailureClass.NotSent, $"{socket} could not be connected in time");
        }
        catch (Exception fault)
            when (fault is SocketException or HostNotAllowedException or IOException or FormatException or ArgumentException)
        {
            // .NET's word for a path that is not there is about an address.
            var because =
                fault is SocketException { SocketErrorCode: SocketError.AddressNotAvailable } && socket.StartsWith('/')
                    ? "there is no such socket; HAProxy's `stats socket` says where it is"
                    : fault.Message;
            return new ActionResult.Failed(FailureClass.NotSent, $"{socket}: {because}");
        }

        try
        {
            await using var stream = new NetworkStream(connected, ownsSocket: true);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\n"), cancel);
            using var answer = new StreamReader(new BoundedStream(stream, LargestAnswer), Encoding.UTF8);
            var said = await answer.ReadToEndAsync(cancel);
            // It ends each answer with an empty line, and says no more where all is well: without it the end is missing.
            if (said is "\n" || said.EndsWith("\n\n", StringComparison.Ordinal))
                return read(said.Trim());
            return new ActionResult.Failed(
                FailureClass.Unknown,
                said.Length == 0 ? $"{socket} closed the connection without an answer" : $"the answer of {socket} broke off"
            );
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            return new ActionResult.Failed(FailureClass.Unknown, $"the answer of {socket} was lost: {fault.Message}");
        }
    }

    /// <summary>It answers in words only when it does not do what it was asked.</summary>
    public static ActionResult Refused(string answer, ActionCall call) =>
        new ActionResult.Failed(FailureClass.Refused, $"HAProxy says: {ForeignWords.Of(answer, call.Mask)}");

    private static async Task<Socket> ConnectAsync(Outward outward, string socket, CancellationToken cancel)
    {
        if (!socket.StartsWith('/'))
            return HostAndPort.Parse(socket, UsualPort) is { } place
                ? await outward.ConnectAsync(place.Host, place.Port, cancel)
                : throw new FormatException("'socket' is neither a path that begins with '/' nor host:port");
        var file = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await file.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
