using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations.Webhook;

/// <summary>
/// Calls <c>webhook:NAME</c> by a POST to <c>Paging:Webhooks:NAME:Url</c>. With a <c>Secret</c>, the header
/// <c>X-Incident-Signature: sha256=HEX</c> is the HMAC-SHA256 over the raw body; <c>Idempotency-Key</c> is the same for each retry of one page.
/// </summary>
public sealed class WebhookPager(IHttpClientFactory clients, IConfiguration configuration) : IPager
{
    internal const string ClientName = "pager-webhook";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public string Name => "webhook";

    public bool CanReach(string kind, string name) => kind is "webhook" && Target(name) is not null;

    public async Task<PageResult> PageAsync(PageRequest request, CancellationToken cancel)
    {
        if (Target(request.TargetName) is not { } target)
            return new PageResult(false, false, $"Paging:Webhooks:{request.TargetName}:Url is no http address");
        var body = JsonSerializer.SerializeToUtf8Bytes(request, JsonSerializerOptions.Web);
        using var message = new HttpRequestMessage(HttpMethod.Post, target);
        message.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        message.Headers.Add("Idempotency-Key", request.Id);
        if (configuration[$"Paging:Webhooks:{request.TargetName}:Secret"] is { Length: > 0 } secret)
        {
            var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
            message.Headers.Add("X-Incident-Signature", "sha256=" + Convert.ToHexStringLower(signature));
        }

        using var client = clients.CreateClient(ClientName);
        client.Timeout = Timeout;
        try
        {
            using var answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (answer.IsSuccessStatusCode)
                return PageResult.Ok;
            var status = (int)answer.StatusCode;
            return new PageResult(false, status >= 500 || status is 408 or 429, $"it answered {status}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new PageResult(false, true, $"no answer within {Timeout.TotalSeconds:0} s");
        }
        catch (HttpRequestException e)
        {
            // Only the kind of failure: the message may carry the address, and an address may carry a secret.
            return new PageResult(false, true, $"it could not be reached ({e.HttpRequestError})");
        }
    }

    private Uri? Target(string name) =>
        Uri.TryCreate(configuration[$"Paging:Webhooks:{name}:Url"], UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            ? url
            : null;
}

/// <summary>A client of its own: no redirects, so that a page never goes where nobody meant it to, and no logging of addresses.</summary>
public sealed class WebhookIntegration : IIntegration
{
    public static void Register(IServiceCollection services, IConfiguration configuration) =>
        services
            .AddHttpClient(WebhookPager.ClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            .RemoveAllLoggers();
}
