using Refit;

namespace Integrations.Slack.Api;

/// <summary>
/// The methods by family, over HTTP clients with the bot's token, the app's, and that of its configuration. Nothing here retries: what may
/// be sent again, and when, is decided by who knows what it does.
/// </summary>
internal sealed class SlackApi
{
    public const string BotClient = "slack-bot";
    public const string AppClient = "slack-app";
    public const string ConfigClient = "slack-config";
    public const string PlainClient = "slack-plain";

    private static readonly RefitSettings Settings = new() { ContentSerializer = new FormContent() };

    public SlackApi(IHttpClientFactory clients)
    {
        var bot = clients.CreateClient(BotClient);
        Chat = RestService.For<IChatApi>(bot, Settings);
        Conversations = RestService.For<IConversationsApi>(bot, Settings);
        Pins = RestService.For<IPinsApi>(bot, Settings);
        Bookmarks = RestService.For<IBookmarksApi>(bot, Settings);
        Users = RestService.For<IUsersApi>(bot, Settings);
        Usergroups = RestService.For<IUsergroupsApi>(bot, Settings);
        Files = RestService.For<IFilesApi>(bot, Settings);
        Views = RestService.For<IViewsApi>(bot, Settings);
        Auth = RestService.For<IAuthApi>(bot, Settings);
        Bots = RestService.For<IBotsApi>(bot, Settings);
        AppsManifest = RestService.For<IAppsManifestApi>(clients.CreateClient(ConfigClient), Settings);
        AppsConnections = RestService.For<IAppsConnectionsApi>(clients.CreateClient(AppClient), Settings);
    }

    public IChatApi Chat { get; }
    public IConversationsApi Conversations { get; }
    public IPinsApi Pins { get; }
    public IBookmarksApi Bookmarks { get; }
    public IUsersApi Users { get; }
    public IUsergroupsApi Usergroups { get; }
    public IFilesApi Files { get; }
    public IViewsApi Views { get; }
    public IAuthApi Auth { get; }
    public IBotsApi Bots { get; }
    public IAppsManifestApi AppsManifest { get; }
    public IAppsConnectionsApi AppsConnections { get; }

    /// <summary>Makes one call and says what is known of it, whatever became of the connection.</summary>
    /// <exception cref="OperationCanceledException">The caller itself gave up.</exception>
    public static async Task<SlackAnswer<T>> CallAsync<T>(Task<IApiResponse<T>> call, CancellationToken cancel)
        where T : SlackResponse
    {
        try
        {
            using var response = await call;
            return response.HasRequestError(out var error) ? Unanswered<T>(error.InnerException) : SlackAnswer<T>.Of(response);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            return Unanswered<T>(e);
        }
    }

    // Only what failed before a byte was sent is known not to have happened. The message may carry an address: not shown.
    private static SlackAnswer<T> Unanswered<T>(Exception? why)
        where T : SlackResponse =>
        why switch
        {
            OperationCanceledException => new SlackAnswer<T>(SlackOutcome.Doubtful, "no answer in time"),
            HttpRequestException { HttpRequestError: var error } when IsBeforeSending(error) => new SlackAnswer<T>(
                SlackOutcome.NotSent,
                $"Slack could not be reached ({error})"
            ),
            _ => new SlackAnswer<T>(SlackOutcome.Doubtful, "the connection broke before Slack answered"),
        };

    private static bool IsBeforeSending(HttpRequestError error) =>
        error
            is HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError;
}
