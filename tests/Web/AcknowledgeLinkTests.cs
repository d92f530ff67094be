using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Bot.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Tests.Servers;
using Tests.Support;

namespace Tests.Web;

/// <summary>A call goes out by a webhook; the link in it acknowledges, once a person presses the button.</summary>
public sealed class AcknowledgeLinkTests
{
    private const string Routes = """
        routes:
          - name: default
            page: { targets: ["webhook:ops"], every: 1h, attempts: 2 }
        """;

    [Fact]
    public async Task The_link_of_a_call_acknowledges_when_its_button_is_pressed_and_not_before()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var bot = await BotUnderTest.StartAsync(Routes, settings: receiver.Settings);
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("web-1", true, DateTimeOffset.UnixEpoch.AddYears(56))));
        var call = await receiver.NextAsync();
        var link = new Uri(call.GetProperty("acknowledgeLink").GetString()!);
        link.Authority.ShouldBe(bot.Address.Authority);
        var phone = bot.Phone();
        var admin = await bot.TokenAsync(Role.Admin);

        var page = await phone.GetStringAsync(link);
        page.ShouldContain("web-1 is down");
        (await AcknowledgedByAsync(admin)).ShouldBeNull();

        using (var bare = await phone.PostAsync(link, new FormUrlEncodedContent([])))
            bare.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await AcknowledgedByAsync(admin)).ShouldBeNull();

        using (var pressed = await BotUnderTest.PostFormAsync(phone, link.AbsolutePath, link.AbsolutePath, []))
            pressed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await AcknowledgedByAsync(admin)).ShouldBe("webhook:ops");
        (await phone.GetStringAsync(link)).ShouldContain("Nobody else is called");
    }

    [Fact]
    public async Task What_is_no_link_of_ours_acknowledges_nothing()
    {
        await using var bot = await BotUnderTest.StartAsync();

        using var answer = await bot.Phone().GetAsync(new Uri("/ack/bm8gbGluayBhdCBhbGw", UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task Every_node_takes_a_link_a_form_and_a_session_of_another()
    {
        var database = PostgresServer.Shared.NewDatabase();
        await using var receiver = await Receiver.StartAsync();
        await using var one = await BotUnderTest.StartAsync(Routes, settings: receiver.With("one", database));
        await using var two = await BotUnderTest.StartAsync(Routes, settings: receiver.With("two", database));
        await one.DeliverAsync(Payload.Alertmanager("g", 0, ("web-1", true, DateTimeOffset.UnixEpoch.AddYears(56))));
        var path = new Uri((await receiver.NextAsync()).GetProperty("acknowledgeLink").GetString()!).AbsolutePath;
        var anna = await one.PersonAsync("anna", Role.Responder);

        // One cookie jar, as behind a load balancer: the form comes from one node and goes to the other.
        var form = await BotUnderTest.FormAsync(anna, path);
        using (var pressed = await anna.PostAsync(new Uri(two.Address, path), form))
            pressed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await anna.GetStringAsync(new Uri(two.Address, "/api/v1/incidents/inc-1"))).ShouldContain("webhook:ops");
    }

    private static async Task<string?> AcknowledgedByAsync(HttpClient client) =>
        (await BotUnderTest.JsonAsync(client, "/api/v1/incidents/inc-1")).GetProperty("acknowledgedBy").GetString();

    /// <summary>The other end of a webhook.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly Channel<JsonElement> calls = Channel.CreateUnbounded<JsonElement>();
        private readonly WebApplication server;

        private Receiver(WebApplication server) => this.server = server;

        public Dictionary<string, string?> Settings => new() { ["Paging:Webhooks:ops:Url"] = server.Urls.First() };

        public static async Task<Receiver> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var receiver = new Receiver(builder.Build());
            receiver.server.MapPost(
                "/",
                async (HttpRequest request) =>
                {
                    using var body = await JsonDocument.ParseAsync(request.Body);
                    receiver.calls.Writer.TryWrite(body.RootElement.Clone());
                }
            );
            await receiver.server.StartAsync();
            return receiver;
        }

        public Dictionary<string, string?> With(string node, string database) =>
            new(Settings) { ["Node:Name"] = node, ["Storage:ConnectionString"] = database };

        public async Task<JsonElement> NextAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
            return await calls.Reader.ReadAsync(limit.Token);
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
