using System.Net;
using System.Net.Http.Headers;
using Integrations.Slack.Api;
using Integrations.Slack.Channels;
using Integrations.Slack.Inbound;
using Integrations.Slack.People;
using Integrations.Slack.Sending;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations.Slack;

/// <summary>What Slack's folder needs. Its clients follow no redirects, retry nothing, and log no addresses.</summary>
internal sealed class SlackIntegration : IIntegration
{
    // Longer than Slack takes when it is slow, shorter than the outbox waits.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static void Register(IServiceCollection services, IConfiguration configuration)
    {
        var options = SlackOptions.From(configuration);
        services
            .AddSingleton(options)
            .AddSingleton<SlackApi>()
            .AddSingleton<SlackState>()
            .AddSingleton<SlackArrivals>()
            .AddSingleton<SlackSelf>()
            .AddSingleton<SlackPeople>()
            .AddSingleton<SlackFinder>()
            .AddSingleton<SlackPacing>()
            .AddSingleton<SlackReactions>()
            .AddSingleton<SlackPresses>()
            .AddSingleton<SlackHistory>()
            .AddSingleton<SlackMessages>()
            .AddSingleton<SlackHeard>()
            .AddSingleton<SlackReadBack>()
            .AddSingleton<SlackFiles>()
            .AddSingleton<SlackCalls>()
            .AddSingleton<SlackDress>()
            .AddSingleton<SlackChannelList>()
            .AddSingleton<SlackMembership>()
            .AddSingleton<SlackPrivacy>()
            .AddSingleton<SlackChannels>()
            .AddSingleton<SlackPlatform>()
            .AddSingleton<SlackResponder>()
            .AddSingleton<SlackAnswers>()
            .AddSingleton<SlackIntroductions>()
            .AddSingleton<SlackCommands>()
            .AddSingleton<SlackInteractions>()
            .AddSingleton<SlackEvents>()
            .AddSingleton<SlackInbound>()
            .AddSingleton<SlackAfterwards>()
            .AddSingleton<SlackSocket>()
            .AddSingleton<SlackGreeting>();
        AddClient(services, SlackApi.BotClient, options.ApiUrl, options.BotToken);
        AddClient(services, SlackApi.AppClient, options.ApiUrl, options.AppToken);
        AddClient(services, SlackApi.ConfigClient, options.ApiUrl, options.ConfigToken);
        AddClient(services, SlackApi.PlainClient, options.ApiUrl, "");
        if (!options.IsOn)
            return;
        services.AddHostedService(provider => provider.GetRequiredService<SlackAfterwards>());
        services.AddHostedService(provider => provider.GetRequiredService<SlackGreeting>());
        services.AddHostedService(provider => provider.GetRequiredService<SlackSocket>());
    }

    public static IEnumerable<string> Problems(IConfiguration configuration) => SlackOptions.Problems(configuration);

    private static void AddClient(IServiceCollection services, string name, Uri address, string token) =>
        services
            .AddHttpClient(
                name,
                client =>
                {
                    client.BaseAddress = address;
                    client.Timeout = Patience;
                    if (token.Length > 0)
                        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
                }
            )
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    AutomaticDecompression = DecompressionMethods.All,
                    PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                    ConnectTimeout = TimeSpan.FromSeconds(5),
                }
            )
            .RemoveAllLoggers();
}
