using System.Net;
using System.Text.Json;
using Bot.Cli.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Tests.Support;

namespace Tests.Acceptance;

/// <summary>What a webhook pager calls: it rings, shows who is called for what, and can acknowledge by the link in the call.</summary>
internal sealed class Phone : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly System.Threading.Channels.Channel<JsonElement> calls =
        System.Threading.Channels.Channel.CreateUnbounded<JsonElement>();
    private readonly WebApplication app;
    private Uri link = new("about:blank");

    private Phone(WebApplication app) => this.app = app;

    public Uri Address => new(ServeCommand.AddressOf(app));

    public static async Task<Phone> PlugInAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var phone = new Phone(builder.Build());
        phone.app.Run(async context =>
        {
            var call = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, cancellationToken: context.RequestAborted);
            await phone.calls.Writer.WriteAsync(call);
        });
        await phone.app.StartAsync();
        return phone;
    }

    /// <summary>It rings, for this incident and with this number of the repetition.</summary>
    public async Task Rings(string incident, int call = 1)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        var ringing = await calls.Reader.ReadAsync(limit.Token);
        link = new Uri(ringing.GetProperty("acknowledgeLink").GetString()!);
        (ringing.GetProperty("incident").GetString(), ringing.GetProperty("attempt").GetInt32()).ShouldBe((incident, call));
    }

    public void IsSilent() => calls.Reader.TryPeek(out var call).ShouldBeFalse($"it rang: {call}");

    /// <summary>Opens the link of the last call, as somebody who is not signed in, and presses the one button there.</summary>
    public async Task Acknowledges()
    {
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });
        browser.BaseAddress = link;
        using var answer = await BotUnderTest.PostFormAsync(browser, link.AbsolutePath, link.AbsolutePath, []);
        ((int)answer.StatusCode).ShouldBeLessThan(400, await answer.Content.ReadAsStringAsync());
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
