using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Tests.Support;

namespace Tests.Servers;

/// <summary>Takes what a bot sends to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and keeps its bytes: protobuf leaves texts as they are.</summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly StringBuilder received = new();

    private TraceCollector(WebApplication app) => this.app = app;

    /// <summary>What makes a bot send its spans and figures here, soon, with all they can hold.</summary>
    public IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = app.Urls.First(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true",
        };

    public string Received
    {
        get
        {
            lock (received)
                return received.ToString();
        }
    }

    public static async Task<TraceCollector> StartAsync()
    {
        var collector = new TraceCollector(Loopback.Web().Build());
        collector.app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            lock (collector.received)
                collector.received.AppendLine(Encoding.Latin1.GetString(body.ToArray()));
        });
        await collector.app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
