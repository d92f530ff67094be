using System.Net;
using System.Net.Sockets;

namespace Integrations.Postgres;

/// <summary>
/// The way to one PostgreSQL for a client that resolves names and connects by itself: it is given a socket in a folder of this account's
/// own, and what comes there is carried on to the addresses that were looked at, bounded in size (docs/adr/0070).
/// </summary>
internal sealed class PostgresWay : IAsyncDisposable
{
    /// <summary>Bytes of all answers to one connection.</summary>
    public const long LargestAnswer = 64_000_000;

    // The client waits until the server has closed the connection that cancels, and for the end of what it cancelled: one that never does, or
    // says a byte now and then, would hold up the step.
    private static readonly TimeSpan LongestCancel = TimeSpan.FromSeconds(2);

    // The name that libpq, and the client after it, gives the socket of this port.
    private const string Socket = "/.s.PGSQL.5432";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-pg-");
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource stop;
    private readonly CancellationTokenRegistration over;
    private readonly IPAddress[] addresses;
    private readonly int port;
    private readonly Outward outward;
    private readonly Task accepting;

    /// <param name="cancel">The end of the step: soon after it nothing is carried any more, whatever the client waits for.</param>
    public PostgresWay(IPAddress[] addresses, int port, Outward outward, CancellationToken cancel)
    {
        (this.addresses, this.port, this.outward) = (addresses, port, outward);
        FirstWord = new FirstWord(outward.Time);
        stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, outward.Time);
        over = cancel.UnsafeRegister(static way => ((PostgresWay)way!).stop.CancelAfter(LongestCancel), this);
        listener.Bind(new UnixDomainSocketEndPoint(folder.FullName + Socket));
        listener.Listen();
        accepting = AcceptAsync();
    }

    /// <summary>What the client takes for the host.</summary>
    public string Host => folder.FullName;

    /// <summary>Why the way broke, in better words than the client's, who only sees its end.</summary>
    public Exception? Fault { get; private set; }

    public FirstWord FirstWord { get; }

    public async ValueTask DisposeAsync()
    {
        await over.DisposeAsync();
        await stop.CancelAsync();
        await accepting;
        listener.Dispose();
        stop.Dispose();
        folder.Delete(recursive: true);
    }

    // More than one comes: another try without TLS where that is allowed, and beside one that lives, the one that cancels its statement.
    private async Task AcceptAsync()
    {
        var carried = new List<Task>();
        try
        {
            while (true)
            {
                var accepted = await listener.AcceptAsync(stop.Token);
                carried.Add(CarryAsync(accepted, beside: carried.Exists(one => !one.IsCompleted)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(carried);
        }
    }

    private async Task CarryAsync(Socket accepted, bool beside)
    {
        await using var client = new NetworkStream(accepted, ownsSocket: true);
        using var limit = new CancellationTokenSource(beside ? LongestCancel : Timeout.InfiniteTimeSpan, outward.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop.Token);
        try
        {
            var connected = await Outward.ConnectAsync(addresses, port, end.Token);
            var stream = new NetworkStream(connected, ownsSocket: true);
            await using var server = new BoundedStream(beside ? stream : FirstWord.Await(stream), LargestAnswer, outward.Room);
            await await Task.WhenAny(client.CopyToAsync(server, end.Token), server.CopyToAsync(client, end.Token));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The step is over, or has waited long enough for a cancellation.
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            // What becomes of the one that cancels is not why the other broke.
            if (!beside)
                Fault = fault;
        }
    }
}
