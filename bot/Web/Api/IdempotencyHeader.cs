using Bot.Access;
using Bot.Desk;

namespace Bot.Web.Api;

/// <summary><c>Idempotency-Key</c>: the caller's own id of a request.</summary>
internal static class IdempotencyHeader
{
    public const string Name = "Idempotency-Key";
    public const int MaxLength = 200;

    /// <summary>The same id again gets the first answer; null where the request brings none.</summary>
    /// <param name="content">What was asked, whole: the same id with other content is refused.</param>
    /// <exception cref="InvalidRequestException">It is too long to be kept: ignoring it would break the promise.</exception>
    public static IdempotencyKey? IdempotencyKey(this HttpRequest request, Caller caller, Func<string> content) =>
        request.Headers[Name].ToString() switch
        {
            "" => null,
            { Length: > MaxLength } id => throw new InvalidRequestException(
                new InvalidField(Name, id[..20] + "…", $"Use at most {MaxLength} characters.")
            ),
            var id => new IdempotencyKey(
                caller.Actor.ToString(),
                id,
                request.Method + " " + request.Path + request.QueryString + "\n" + content()
            ),
        };
}
