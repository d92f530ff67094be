using Bot.Desk;
using Bot.Log;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace Bot.Web;

/// <summary>Problem documents (RFC 9457): what is wrong, in which field, and what to do.</summary>
internal static class Problems
{
    public static IResult Unauthorized { get; } =
        Of(401, "Sign in first", "Show an API token (Authorization: Bearer TOKEN), or sign in with a one-time link.");

    public static IResult Forbidden { get; } =
        Of(403, "Your role does not allow this", "Ask an administrator for the role that this door needs.");

    public static IResult NotJson { get; } =
        Invalid(415, new InvalidField("Content-Type", null, "Send a JSON object with Content-Type: application/json."));

    public static IResult NotFound(string what) => Of(404, "Not found", $"There is no {what}, or it is not for you to see.");

    public static IResult Refused(string reason) => Of(409, "Refused", reason);

    public static IResult Invalid(params IReadOnlyList<InvalidField> fields) => Invalid(400, fields);

    private static IResult Invalid(int status, params IReadOnlyList<InvalidField> fields) =>
        Results.Problem(
            new ProblemDetails
            {
                Status = status,
                Title = "The request is not valid",
                Detail = string.Join(' ', fields.Select(field => $"{field.Field}: {field.Fix}")),
                Extensions = { ["errors"] = fields },
            }
        );

    public static IResult Of(int status, string title, string detail) => Results.Problem(detail, statusCode: status, title: title);

    /// <summary>What an exception is to a caller; null for a fault of ours that the log tells about.</summary>
    public static IResult? Of(Exception exception) =>
        exception switch
        {
            StoreUnavailableException { MayBeRecorded: true } => Of(
                503,
                "The database went away before it answered",
                "It may have been recorded. Send the same again with the same Idempotency-Key, or look first."
            ),
            StoreUnavailableException => Of(
                503,
                "The database does not take it now",
                "Nothing was recorded. Send the same again in a moment."
            ),
            IdempotencyConflictException conflict => Of(422, "This Idempotency-Key was used for something else", conflict.Message),
            InvalidRequestException invalid => Invalid(invalid.Field),
            BadHttpRequestException { StatusCode: 415 } => NotJson,
            BadHttpRequestException bad => Invalid(bad.StatusCode, InvalidRequest.Of(bad)),
            Microsoft.AspNetCore.Antiforgery.AntiforgeryValidationException => Of(
                400,
                "The form is out of date",
                "Go back, reload the page and send it again."
            ),
            _ => null,
        };
}

/// <param name="Field">JSON path of the field, as <c>severity</c>.</param>
/// <param name="Value">What was sent.</param>
/// <param name="Fix">What would be right.</param>
internal sealed record InvalidField(string Field, string? Value, string Fix);

/// <summary>Turns what broke into an answer: a problem document for programs, a page for people.</summary>
internal sealed class ProblemAnswers : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        var problem = Problems.Of(exception);
        if (exception is StoreUnavailableException)
            context.Response.Headers.RetryAfter = "5";
        problem ??= Problems.Of(500, "Something broke", "It is in the log of the server; the incident itself is not affected.");
        await problem.ExecuteAsync(context);
        return true;
    }
}
