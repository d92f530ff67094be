using Microsoft.Extensions.Configuration;

namespace Integrations.GitHub;

/// <summary>The settings <c>GitHub:…</c>: a token, or an app that makes its own for each repository.</summary>
internal sealed record GitHubOptions
{
    public const string Section = "GitHub";
    private const string PublicApi = "https://api.github.com/";

    public string Token { get; init; } = "";

    public string AppId { get; init; } = "";

    /// <summary>PEM of the app's RSA key.</summary>
    public string PrivateKey { get; init; } = "";

    public Uri ApiUrl { get; init; } = new(PublicApi);

    public bool IsApp => AppId.Length > 0;

    public bool IsOn => Token.Length > 0 || IsApp;

    /// <exception cref="InvalidOperationException">A setting makes no sense; the message names it.</exception>
    public static GitHubOptions From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var address = section["ApiUrl"] is { Length: > 0 } text ? text : PublicApi;
        if (
            !Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
        )
            throw new InvalidOperationException(
                $"GitHub:ApiUrl '{address}' is no http address. Use one as {PublicApi} or https://github.example.com/api/v3/."
            );
        var options = new GitHubOptions
        {
            Token = section["Token"] ?? "",
            AppId = section["AppId"] ?? "",
            PrivateKey = section["PrivateKey"] ?? "",
            ApiUrl = url,
        };
        return options.IsApp && options.PrivateKey.Length == 0
            ? throw new InvalidOperationException("GitHub:AppId is set and GitHub:PrivateKey is not. Give the app's private key as PEM.")
            : options;
    }
}
