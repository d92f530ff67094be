using System.Text.Json;
using Refit;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Integrations;

/// <summary>
/// One question to a vendor's JSON API through its Refit interface, on a transport as <c>http/request</c> has it: bounded in
/// memory, and with the same words and classes for what goes wrong (docs/adr/0041).
/// </summary>
internal static class OutwardApi
{
    /// <summary>Bytes of one answer, unpacked.</summary>
    public const int LargestAnswer = 10_000_000;

    // An answer without what the vendor's always has is not the vendor's: it is not read as if it were empty.
    private static readonly RefitSettings Settings = new(new SystemTextJsonContentSerializer(Strict()));

    /// <param name="url">The API's base address.</param>
    /// <param name="headers">As <c>Authorization</c>; secrets in clear.</param>
    /// <param name="reason">The vendor's own words in the body of a failed answer; null: it has none.</param>
    public static async Task<ActionResult> AskAsync<TApi>(
        this Outward outward,
        ActionCall call,
        string url,
        Dictionary<string, string>? headers,
        Func<TApi, Task<ActionResult>> ask,
        Func<string, string?> reason,
        CancellationToken cancel
    )
        where TApi : class
    {
        if (OutwardAddress.BaseProblem("url", url, out var address) is { } wrong)
            return new ActionResult.Failed(FailureClass.NotSent, wrong);
        if (HeaderRules.Problem(headers ?? [], ofBody: false) is { } unfit)
            return new ActionResult.Failed(FailureClass.NotSent, $"'headers' must be {unfit}.");
        using var identity = TlsIdentity.Of(call.With, address);
        if (identity.Problem is { } problem)
            return new ActionResult.Failed(FailureClass.NotSent, problem);
        using var way = new OutwardHttp(outward, call.Deadline, identity);
        using var client = new HttpClient(new BoundedAnswers(new NoRedirects { InnerHandler = way.Handler }, LargestAnswer, outward.Room))
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.ConnectionClose = true;
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "incident-runbook");
        foreach (var (name, value) in headers ?? [])
        {
            client.DefaultRequestHeaders.Remove(name);
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        try
        {
            return await ask(RestService.For<TApi>(client, Settings));
        }
        catch (ApiException fault) when (fault.InnerException is not (IOException or HttpRequestException))
        {
            return Answered(call, fault, reason);
        }
        catch (Exception fault) when (way.Failed(fault, cancel) is { } failed)
        {
            return failed;
        }
    }

    private static ActionResult.Failed Answered(ActionCall call, ApiException fault, Func<string, string?> reason)
    {
        var status = (int)fault.StatusCode;
        if (status is >= 200 and < 300)
        {
            // It said yes in words that are not the vendor's; whether a step that acts has acted is anybody's guess.
            var read = call.Effect is StepEffect.Read;
            return new(
                read ? FailureClass.Refused : FailureClass.Unknown,
                $"the answer was {status}, but cannot be read: it is not in the form of this API. Is 'url' its address?"
            )
            {
                Code = status,
            };
        }

        var why = Words(fault.Content, reason, call.Mask);
        return new(
            OutwardHttp.ClassOf(status, call.Effect),
            $"the answer was {status} {fault.ReasonPhrase}".TrimEnd() + (why is null ? "" : $": {why}")
        )
        {
            Code = status,
        };
    }

    private static JsonSerializerOptions Strict() =>
        new(SystemTextJsonContentSerializer.GetDefaultJsonSerializerOptions())
        {
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };

    private static string? Words(string? body, Func<string, string?> reason, SecretMask mask)
    {
        if (string.IsNullOrWhiteSpace(body))
            return null;
        try
        {
            return reason(body) is { } said ? ForeignWords.Of(said, mask) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
