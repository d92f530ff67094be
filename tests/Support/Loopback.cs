using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Tests.Support;

/// <summary>Ports of this machine's loopback address.</summary>
internal static class Loopback
{
    // Below those that the kernel gives to connections (net.ipv4.ip_local_port_range), and each only once: what was free a moment ago may be
    // taken by the time a server has started.
    private const int First = 10_000;
    private const int Count = 22_000;
    private static int given = Environment.ProcessId * 97;

    /// <summary>A port that nobody listens on, and that nobody else is given.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref given) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                // The next one, then.
            }
        }
    }

    /// <summary>A web server of a test: on a free port, and silent.</summary>
    public static WebApplicationBuilder Web()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder;
    }
}
