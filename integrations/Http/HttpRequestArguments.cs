using System.Text.Json;
using Runbooks.Actions;

namespace Integrations.Http;

/// <summary>The keys of <c>with</c>; shape fixed in the runbook language.</summary>
public sealed record HttpRequestArguments(
    [Untainted(UntaintedPart.Origin)] string Url,
    string Method = "GET",
    Dictionary<string, string>? Headers = null,
    string? Body = null,
    JsonElement? Json = null,
    bool FollowRedirects = false,
    string MaxBytes = "10MB",
    List<int>? Ok = null
);
