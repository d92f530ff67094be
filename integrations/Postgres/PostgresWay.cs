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

    // The name that libpq, and the client after it, gives the socket of this port.
    private const string Socket = "/.s.PGSQL.5432";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-pg-");
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource stop = new();
    private readonly IPAddress[] addresses;
    private readonly int port;
    private readonly Task accepting;

    public PostgresWay(IPAddress[] addresses, int port)
    {
        (this.addresses, this.port) = (addresses, port);
        listener.Bind(new UnixDomainSocketEndPoint(folder.FullName + Socket));
        listener.Listen();
        accepting = AcceptAsync();
    }

    /// <summary>What the client takes for the host.</summary>
    public string Host => folder.FullName;

    /// <summary>Why the way broke, in better words than the client's, who only sees its end.</summary>
    public Exception? Fault { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        listener.Dispose();
        stop.Dispose();
        folder.Delete(recursive: true);
    }

    // More than one comes: another try without TLS where that is allowed, and the one that cancels a statement.
    private async Task AcceptAsync()
    {
        var carried = new List<Task>();
        try
        {
            while (true)
                carried.Add(CarryAsync(await listener.AcceptAsync(stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(carried);
        }
    }

    private async Task CarryAsync(Socket accepted)
    {
        await using var client = new NetworkStream(accepted, ownsSocket: true);
        try
        {
            var connected = await Outward.ConnectAsync(addresses, port, stop.Token);
            await using var server = new BoundedStream(new NetworkStream(connected, ownsSocket: true), LargestAnswer);
            await await Task.WhenAny(client.CopyToAsync(server, stop.Token), server.CopyToAsync(client, stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The step is over.
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            // The first is the cause; what the end of one connection does to others is not.
            Fault ??= fault;
        }
    }
}
