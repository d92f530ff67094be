using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tests.Support;

namespace Tests.Servers;

/// <summary>Speaks gRPC as etcd does (HTTP/2, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) up to the answer of a call.</summary>
internal sealed class HostileEtcd : IAsyncDisposable
{
    private readonly WebApplication app;

    private HostileEtcd(WebApplication app) => this.app = app;

    public string Endpoint => app.Urls.First();

    /// <param name="then">What comes in place of an answer; its headers are still to be sent.</param>
    public static async Task<HostileEtcd> StartAsync(Func<HttpContext, Task> then)
    {
        var builder = Loopback.Web();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Limits.MinResponseDataRate = null;
        });
        var server = new HostileEtcd(builder.Build());
        server.app.Run(async context =>
        {
            // The call is there, from its head on.
            await context.Request.Body.ReadExactlyAsync(new byte[5]);
            context.Response.ContentType = "application/grpc";
            try
            {
                await then(context);
            }
            catch (OperationCanceledException)
            {
                // The caller has had enough.
            }
        });
        await server.app.StartAsync();
        return server;
    }

    /// <summary>The head of a message: it is not packed, and so long.</summary>
    public static byte[] Head(int length) => [0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length];

    /// <summary>A piece of a snapshot (<c>SnapshotResponse</c>): its third field has the bytes.</summary>
    public static byte[] Piece { get; } = [.. Head(32_772), 0x1A, 0x80, 0x80, 0x02, .. new byte[32_768]];

    public static async Task FloodAsync(HttpContext context, byte[] first, byte[] block)
    {
        await context.Response.Body.WriteAsync(first, context.RequestAborted);
        for (long sent = 0; sent < Misbehaving.Gigabyte; sent += block.Length)
            await context.Response.Body.WriteAsync(block, context.RequestAborted);
    }

    /// <summary>An answer in which every field is as if it were not there.</summary>
    public static async Task SayNothingNewAsync(HttpContext context)
    {
        await context.Response.Body.WriteAsync(Head(0), context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }
}
