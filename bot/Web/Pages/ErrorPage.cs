using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary>What a person sees where a page cannot be shown.</summary>
internal static class ErrorPage
{
    public static IResult Forbidden => Of(403, "Not with your role", "Ask an administrator for the role that this needs.");

    public static IResult NotFound(string what) => Of(404, "Not found", $"There is no {what}, or it is not for you to see.");

    public static IResult Of(int status, string title, string text) =>
        new RazorComponentResult<Message>(new { Title = title, Text = text }) { StatusCode = status };
}
