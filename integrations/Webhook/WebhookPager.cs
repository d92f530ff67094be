using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations.Webhook;

/// <summary>
/// Calls <c>webhook:NAME</c> by a POST to <c>Paging:Webhooks:NAME:Url</c>:
/// <code>
/// POST /page HTTP/1.1
/// Content-Type: application/json
/// Idempotency-Key: 01J…            the same for each retry of one page; a receiver drops a repeat by it
/// X-Incident-Timestamp: 1795521600  seconds since 1970, of this try
/// X-Incident-Signature: sha256=HEX  HMAC-SHA256 (RFC 2104) of "TIMESTAMP.BODY" with Paging:Webhooks:NAME:Secret, where one is set
///
/// {"id":"01J…","targetKind":"webhook","targetName":"oncall","incident":"inc-42","title":"Checkout is down","severity":"sev1",
///  "attempt":1,"declaredAt":"2026-11-24T12:00:00+00:00","link":"https://…/incidents/inc-42","acknowledgeLink":"https://…/ack/…",
///  "reason":"Only you know the gateway.","alert":null,"mayHaveBeenSent":false}
/// </code>
/// Any 2xx within <c>Paging:Webhooks:NAME:Timeout</c> (default 5 s) is a call that was made; 408, 429 and 5xx are tried again.
/// </summary>
public sealed class WebhookPager(IHttpClientFactory clients, IConfiguration configuration, TimeProvider time) : IPager
{
    internal const string ClientName = "pager-webhook";
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public string Name => "webhook";

    public bool IsOn => configuration.GetSection("Paging:Webhooks").GetChildren().Any();

    public bool CanReach(string kind, string name) => kind is "webhook" && Target(name) is not null;

    public async Task<PageResult> PageAsync(PageRequest request, CancellationToken cancel)
    {
        if (Target(request.TargetName) is not { } target)
            return new PageResult(false, false, $"Paging:Webhooks:{request.TargetName}:Url is no http address");
        var body = JsonSerializer.SerializeToUtf8Bytes(request, JsonSerializerOptions.Web);
        using var message = new HttpRequestMessage(HttpMethod.Post, target);
        message.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        message.Headers.Add("Idempotency-Key", request.Id);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        message.Headers.Add("X-Incident-Timestamp", timestamp);
        if (configuration[$"Paging:Webhooks:{request.TargetName}:Secret"] is { Length: > 0 } secret)
        {
            // The time is signed with the body: a page that somebody caught cannot be played again later.
            var signature = HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(secret),
                (byte[])[.. Encoding.UTF8.GetBytes(timestamp + "."), .. body]
            );
            message.Headers.Add("X-Incident-Signature", "sha256=" + Convert.ToHexStringLower(signature));
        }

        using var client = clients.CreateClient(ClientName);
        var timeout = configuration.GetValue($"Paging:Webhooks:{request.TargetName}:Timeout", DefaultTimeout);
        client.Timeout = timeout;
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
            return new PageResult(false, true, $"no answer within {timeout}");
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
