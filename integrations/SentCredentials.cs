using System.Net.Http.Headers;
using System.Text;
using Runbooks.Actions;

namespace Integrations;

/// <summary>
/// Tells the call what each request shows to be let in, the moment it leaves, whoever put it there: a token of the settings, one that a
/// client read from a file, one that a server made.
/// </summary>
internal sealed class SentCredentials(ActionCall call) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Authorization is { Parameter: { Length: > 0 } shown } header)
        {
            call.Sends(shown);
            if (PasswordOf(header, shown) is { Length: > 0 } password)
                call.Sends(password);
        }

        return base.SendAsync(request, cancellationToken);
    }

    // RFC 7617, section 2. It is the client's own and so well formed.
    private static string? PasswordOf(AuthenticationHeaderValue header, string shown) =>
        header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
            ? Encoding.UTF8.GetString(Convert.FromBase64String(shown)).Split(':', 2)[^1]
            : null;
}
