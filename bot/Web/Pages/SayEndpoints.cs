using System.Text.RegularExpressions;
using Bot.Commands;
using Bot.Desk;
using Bot.Web.Chat;
using Bot.Web.Security;
using Integrations;

namespace Bot.Web.Pages;

/// <summary><c>POST /say</c>: every button, form and typed line of the pages; then back to the page it came from.</summary>
internal sealed partial class SayEndpoints : IPages
{
    public string Path => "/say";

    public void Map(IEndpointRouteBuilder pages) => pages.MapPost("/say", SayAsync);

    /// <summary>Back to a page of ours; an address elsewhere is not followed.</summary>
    public static IResult Back(string? wanted, string fallback) =>
        Results.Redirect(
            wanted is ['/', ..] && wanted is not ['/', '/' or '\\', ..] && !wanted.Any(char.IsControl) ? wanted : fallback,
            permanent: false,
            preserveMethod: false
        );

    private static async Task<IResult> SayAsync(
        HttpContext context,
        CommandDispatcher commands,
        Visibility visibility,
        Flash flash,
        CancellationToken cancel
    )
    {
        var form = await context.Request.ReadFormAsync(cancel);
        var caller = context.Caller();
        var text = TypedCommand.From(form["text"].ToString(), form.Select(field => KeyValuePair.Create(field.Key, field.Value.ToString())));
        var channel = form["channel"].ToString();
        int? number = null;
        if (channel.Length > 0)
        {
            if (await visibility.FindAsync(caller, channel, cancel) is not { } incident)
                return ErrorPage.NotFound("channel " + channel);
            number = incident.Number;
        }

        ChatReply reply;
        if (text.Length == 0)
        {
            reply = new ChatReply(false, "Say something, as /incident help.");
        }
        else
        {
            var id = form["key"].ToString();
            var key = id.Length is > 0 and <= 200 ? new IdempotencyKey(caller.Actor.ToString(), id, channel + "\n" + text) : null;
            reply = await commands.DispatchAsync(caller, text, number, key, cancel);
        }

        // What was said aloud is on the log and so on the page already.
        if (!reply.Accepted || reply.OnlyToAsker || reply.Form is not null)
            flash.Put(context, new Said(reply.Accepted, reply.Text, text, channel, reply.Card, reply.Form) { Link = reply.Link });
        return
            reply.Accepted
            && reply.Form is null
            && text.StartsWith("/incident declare", StringComparison.Ordinal)
            && NewIncident().Match(reply.Text) is { Success: true } declared
            ? Results.Redirect("/incidents/" + declared.Value)
            : Back(form["return"], "/console/" + channel);
    }

    [GeneratedRegex(@"\binc-\d+\b", RegexOptions.NonBacktracking)]
    private static partial Regex NewIncident();
}
