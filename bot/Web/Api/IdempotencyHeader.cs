using Bot.Access;
using Bot.Desk;

namespace Bot.Web.Api;

internal static class IdempotencyHeader
{
    /// <summary>The caller's own id of this request, if it brought one: the same id again gets the first answer.</summary>
    /// <param name="content">What was asked, whole: the same id with other content is refused.</param>
    public static IdempotencyKey? IdempotencyKey(this HttpRequest request, Caller caller, string content) =>
        request.Headers["Idempotency-Key"].ToString() is { Length: > 0 and <= 200 } id
            ? new IdempotencyKey(caller.Actor.ToString(), id, request.Method + " " + request.Path + request.QueryString + "\n" + content)
            : null;
}
