namespace Bot.Web;

/// <summary>Section <c>Web</c> of the settings.</summary>
internal sealed record WebOptions
{
    /// <summary>The address that people see; links and sign-in go there.</summary>
    public string PublicUrl { get; init; } = "http://127.0.0.1:5080";

    /// <summary>Addresses of proxies whose forwarded headers are believed.</summary>
    public IReadOnlyList<string> KnownProxies { get; init; } = [];

    public bool IsHttps => PublicUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
}
