using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bot;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Bot.Parts;
using Bot.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Tests.Support;

/// <summary>
/// The whole bot in this process, on a free loopback port, with a SQLite file, routes and runbooks of its own. People come in
/// as they do: by a one-time link and its form, or with a token.
/// </summary>
internal sealed partial class BotUnderTest : IAsyncDisposable
{
    public const string Source = "am";
    public const string SourceToken = "token-of-the-source";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo home;
    private readonly WebApplication host;
    private readonly List<HttpClient> clients = [];

    private BotUnderTest(DirectoryInfo home, WebApplication host, Uri address)
    {
        this.home = home;
        this.host = host;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>Where <c>routes.yaml</c> and its like lie.</summary>
    public string ConfigFolder => Path.Combine(home.FullName, "config");

    public IServiceProvider Services => host.Services;

    /// <param name="routes">The text of <c>routes.yaml</c>; null: everything is sev3 and nobody is called.</param>
    /// <param name="runbooks">Texts of runbooks.</param>
    /// <param name="services">A last word on the container: another clock.</param>
    /// <param name="parts">Null: the product's own parts.</param>
    public static async Task<BotUnderTest> StartAsync(
        string? routes = null,
        IReadOnlyList<string>? runbooks = null,
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null,
        PartCatalog? parts = null
    )
    {
        var folder = Directory.CreateTempSubdirectory("incident-web-");
        var config = folder.CreateSubdirectory("config");
        var library = folder.CreateSubdirectory("runbooks");
        await File.WriteAllTextAsync(
            Path.Combine(config.FullName, "routes.yaml"),
            routes ?? "routes:\n  - name: default\n    severity: sev3\n"
        );
        for (var i = 0; i < (runbooks?.Count ?? 0); i++)
            await File.WriteAllTextAsync(Path.Combine(library.FullName, $"book-{i}.yaml"), runbooks![i]);
        while (true)
        {
            // Links are made with the address, so it has to be known before the start; somebody else may take the port meanwhile.
            var address = new Uri($"http://127.0.0.1:{Loopback.FreePort()}");
            var app = BotHost.Build(Settings(folder, address, config, library, settings), Furnish, parts, quiet: true);
            try
            {
                await app.StartAsync();
                return new BotUnderTest(folder, app, address);
            }
            catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
            {
                await app.DisposeAsync();
            }
        }

        void Furnish(IServiceCollection collection)
        {
            // The timers that let go of a client's handler would keep each bot in memory long after its test.
            collection.ConfigureHttpClientDefaults(client => client.SetHandlerLifetime(Timeout.InfiniteTimeSpan));
            services?.Invoke(collection);
        }
    }

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    /// <summary>Nobody: no token, no session. Redirects are answers, not followed.</summary>
    public HttpClient Stranger() => Client(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Somebody's browser without a session.</summary>
    public HttpClient Phone() => Client(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });

    public HttpClient WithToken(string token)
    {
        var client = Stranger();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A client with a new token of this role.</summary>
    public async Task<HttpClient> TokenAsync(Role role, string? name = null, params string[] groups)
    {
        var (answer, secret) = await Get<AccessDesk>()
            .CreateTokenAsync(name ?? "t-" + Get<IIdSource>().NewId(), role, groups, null, Actor.System, default);
        answer.Accepted.ShouldBeTrue(answer.Text);
        return WithToken(secret!);
    }

    /// <returns>The address of a one-time link.</returns>
    public async Task<Uri> LinkAsync(string name, Role role, params string[] groups)
    {
        var (answer, secret) = await Get<AccessDesk>().InviteAsync(name, role, groups, Actor.System, default);
        answer.Accepted.ShouldBeTrue(answer.Text);
        return new Uri(AccessDesk.LinkOf(Address.ToString(), secret!));
    }

    /// <summary>Somebody with a session, come in by a one-time link as in a browser.</summary>
    public async Task<HttpClient> PersonAsync(string name, Role role, params string[] groups)
    {
        var link = await LinkAsync(name, role, groups);
        var client = Phone();
        using var answer = await PostFormAsync(client, link.AbsolutePath, link.AbsolutePath, []);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect, await answer.Content.ReadAsStringAsync());
        return client;
    }

    /// <summary>Sends a form as the page would: with the antiforgery token that the page carries.</summary>
    public static async Task<HttpResponseMessage> PostFormAsync(
        HttpClient client,
        string page,
        string action,
        IEnumerable<KeyValuePair<string, string>> fields
    )
    {
        using var form = await FormAsync(client, page, [.. fields]);
        return await client.PostAsync(new Uri(action, UriKind.Relative), form);
    }

    public static async Task<FormUrlEncodedContent> FormAsync(HttpClient client, string page, params KeyValuePair<string, string>[] fields)
    {
        var html = await client.GetStringAsync(new Uri(page, UriKind.Relative));
        var token = AntiforgeryField().Match(html).Groups["token"].Value;
        token.ShouldNotBeEmpty("the page has no form");
        return new FormUrlEncodedContent([.. fields, new("__RequestVerificationToken", WebUtility.HtmlDecode(token))]);
    }

    public static async Task<JsonElement> JsonAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{path}: {text}");
        return JsonElement.Parse(text);
    }

    /// <summary>Says what one could type, and insists that it is accepted.</summary>
    public static async Task<string> SayAsync(HttpClient client, string text, string? channel = null)
    {
        var (accepted, reply) = await TrySayAsync(client, text, channel);
        accepted.ShouldBeTrue($"{text}: {reply}");
        return reply;
    }

    public static async Task<(bool Accepted, string Reply)> TrySayAsync(HttpClient client, string text, string? channel = null)
    {
        using var answer = await client.PostAsJsonAsync(new Uri("/api/v1/commands", UriKind.Relative), new { text, channel });
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.IsSuccessStatusCode
            ? (json.GetProperty("accepted").GetBoolean(), json.GetProperty("reply").GetString()!)
            : (false, json.GetProperty("detail").GetString()!);
    }

    /// <summary>Delivers alerts as an Alertmanager does, and hands back the delivery's id.</summary>
    public async Task<string> DeliverAsync(byte[] body)
    {
        using var client = WithToken(SourceToken);
        using var answer = await client.PostAsync(new Uri($"/alerts/{Source}", UriKind.Relative), new ByteArrayContent(body));
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("delivery").GetString()!;
    }

    /// <summary>Waits for what follows from the log, looking again at each new fact and at least every second.</summary>
    public async Task<T> UntilAsync<T>(Func<Task<T?>> look)
        where T : class
    {
        using var limit = new CancellationTokenSource(Deadline, TimeProvider.System);
        var signal = Get<ILogSignal>();
        while (true)
        {
            var position = signal.Position;
            if (await look() is { } found)
                return found;
            using var tick = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
            tick.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                await signal.WaitPastAsync(position, tick.Token);
            }
            catch (OperationCanceledException) when (!limit.IsCancellationRequested)
            {
                // What is waited for need not be a fact: look again.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients)
            client.Dispose();
        // Said before, so that the services which end now are not taken for broken ones.
        Get<IHostApplicationLifetime>().StopApplication();
        await host.DisposeAsync();
        home.Delete(recursive: true);
    }

    private static Dictionary<string, string?> Settings(
        DirectoryInfo folder,
        Uri address,
        DirectoryInfo config,
        DirectoryInfo library,
        IReadOnlyDictionary<string, string?>? others
    )
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Urls"] = address.ToString(),
            ["Web:PublicUrl"] = address.ToString().TrimEnd('/'),
            ["Metrics:Url"] = "",
            ["Storage:ConnectionString"] = $"Data Source={folder.FullName}/incident.db",
            ["Config:Path"] = config.FullName,
            ["Runbooks:Paths:0"] = library.FullName,
            // Many a test leaves something under way.
            ["Node:Drain"] = "00:00:00",
            [$"Alerts:Sources:{Source}:Kind"] = "alertmanager",
            [$"Alerts:Sources:{Source}:Token"] = SourceToken,
        };
        foreach (var (key, value) in others ?? new Dictionary<string, string?>())
            settings[key] = value;
        return settings;
    }

    private HttpClient Client(SocketsHttpHandler handler)
    {
        var client = new HttpClient(handler) { BaseAddress = Address, Timeout = Deadline };
        lock (clients)
            clients.Add(client);
        return client;
    }

    [GeneratedRegex(
        "name=\"__RequestVerificationToken\"[^>]*value=\"(?<token>[^\"]+)\"",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex AntiforgeryField();
}
