using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Tests.Support;

namespace Tests.Servers;

/// <summary>Answers as a vendor's description says, and says what is wrong with what it is asked.</summary>
internal sealed class DescribedServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ApiDescription description;

    private DescribedServer(WebApplication app, ApiDescription description) => (this.app, this.description) = (app, description);

    public string Address => app.Urls.First();

    /// <summary>Methods and the description's paths.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public ConcurrentQueue<string> Objections { get; } = [];

    public static async Task<DescribedServer> StartAsync(ApiDescription description)
    {
        var server = new DescribedServer(Loopback.Web().Build(), description);
        server.app.Run(server.TakeAsync);
        await server.app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var request = context.Request;
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync();
        if (description.Find(request.Method, request.Path.Value!) is not { } operation)
        {
            Objections.Enqueue($"{request.Method} {request.Path}: no such operation");
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        Requests.Enqueue($"{request.Method} {operation.Template}");
        foreach (var problem in operation.Problems(request, text))
            Objections.Enqueue($"{request.Method} {operation.Template}: {problem}");
        context.Response.StatusCode = operation.Status;
        if (operation.Answer() is { } answer)
            await context.Response.WriteAsJsonAsync(answer);
    }
}
