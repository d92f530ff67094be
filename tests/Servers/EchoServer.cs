using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Tests.Support;

namespace Tests.Servers;

/// <summary>A real HTTP server that answers with what it was sent: address, headers and body, in the body and in a header.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private EchoServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    /// <summary>An address here that redirects there.</summary>
    public string To(string there, int status = 302) => $"{Address}?status={status}&redirect={Uri.EscapeDataString(there)}";

    public static async Task<EchoServer> StartAsync()
    {
        var web = Loopback.Web().Build();
        web.Run(AnswerAsync);
        await web.StartAsync();
        return new EchoServer(web);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var said = new StringBuilder($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}\n");
        foreach (var header in context.Request.Headers.OrderBy(header => header.Key is not "Authorization"))
            said.Append($"{header.Key}: {header.Value}\n");
        if (context.Request.Query["redirect"] is [{ } location] && context.Request.Query["status"] is [{ } status])
        {
            context.Response.StatusCode = int.Parse(status);
            context.Response.Headers.Location = location;
            return;
        }

        context.Response.StatusCode = context.Request.Path.StartsWithSegments("/fails") ? 500 : 200;
        context.Response.Headers["X-Sent"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(said.ToString()));
        if (context.Request.Headers.Authorization is [{ } token, ..])
            context.Response.Headers["X-Token"] = WebUtility.UrlEncode(token);
        await context.Response.WriteAsync(context.Request.Path == "/json" ? body : said + "\n" + body);
    }
}
