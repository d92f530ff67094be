using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Runbooks.Actions;

namespace Integrations.Http;

/// <summary>The keys of <c>with</c>; shape fixed in the runbook language.</summary>
public sealed record HttpRequestArguments(
    [Untainted(UntaintedPart.Origin)] [HttpAddress] [Description("Where to; `http` or `https`.")] string Url,
    [AllowedValues(
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "QUERY",
        "PURGE",
        "BAN",
        "PROPFIND",
        "PROPPATCH",
        "MKCOL",
        "COPY",
        "MOVE",
        "LOCK",
        "UNLOCK",
        "REPORT",
        "SEARCH"
    )]
    [Description("Decides the effect: GET and HEAD are `read`, PUT and DELETE `idempotent`, others `once`.")]
        string Method = "GET",
    [HttpHeaders(ofBody: true)]
    [Description(
        "By their names; values of ASCII in one line. Those of the connection, as Content-Length, are not among them. Host names another site at the same address."
    )]
        Dictionary<string, string>? Headers = null,
    [Description("A text to send.")] string? Body = null,
    [Description("A value to send as JSON, in place of `body`.")] JsonElement? Json = null,
    [Description(
        "Only a `read` or `idempotent` step follows them. To another scheme, host or port go no `headers` but Accept, Accept-Language and User-Agent, no client certificate, and no body with a secret in it."
    )]
        bool FollowRedirects = false,
    [ByteSizeText(HttpRequestArguments.LongestBody)]
    [Description(
        "What is kept of the answer's body. While others of more than 1 MB take 32 MB together, in all steps of this process, what reads waits with the rest, and of what acts the first MB is kept."
    )]
        string MaxBytes = "10MB",
    [Description("Statuses that are a success; by default 200 to 299.")] List<int>? Ok = null
) : TlsArguments
{
    public const string LongestBody = "20MB";
}

/// <summary>What <c>result</c> holds.</summary>
public sealed record HttpRequestResult(
    [Description("As 200; 0 when no answer came.")] int Status,
    [Description("By their names in lower case.")] Dictionary<string, string> Headers,
    [Description("As text.")] string Body,
    [Description(
        "The body as a value, when it is JSON. One that was cut, is nested deeper than 63 levels or has more than a million values is not read: an expression that needs it fails."
    )]
        JsonElement? Json,
    [Description("Whether the status is a success.")] bool Ok,
    [Description("Milliseconds from the request to the end of the answer.")] long Ms
);
