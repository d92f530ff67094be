using Bot.Access;
using Bot.Desk;
using Bot.Intake;
using Bot.Web.Chat;
using Bot.Web.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Bot.Web.Pages;

/// <summary>The doors through which people come in and go, and <c>/people</c>.</summary>
internal sealed class AccessEndpoints : IPages
{
    /// <summary>Open to strangers; each shows only what its link already tells.</summary>
    public static void MapOpen(IEndpointRouteBuilder open)
    {
        open.MapGet("/sign-in", SignInPage);
        open.MapGet("/sign-in/{token}", LinkPage);
        open.MapPost("/sign-in/{token}", RedeemAsync);
    }

    public string Path => "/people";

    public IReadOnlyList<NavigationEntry> Navigation { get; } = [new("/people", "People", "people", 60)];

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPost("/sign-out", (Delegate)SignOutAsync);
        pages.MapGet("/people", People);
        pages.MapPost("/people/invite", InviteAsync).RequireAuthorization(Door.Admin);
        pages.MapPost("/people/remove", RemoveAsync).RequireAuthorization(Door.Admin);
        pages.MapPost("/people/tokens", CreateTokenAsync).RequireAuthorization(Door.Admin);
        pages.MapPost("/people/tokens/revoke", RevokeAsync).RequireAuthorization(Door.Admin);
    }

    private static IResult SignInPage(HttpContext context) =>
        context.KnownCaller() is null ? new RazorComponentResult<SignIn>() : Results.Redirect("/");

    // Only looks: mail and chat programs open links before people do, and a link works once.
    private static RazorComponentResult<SignIn> LinkPage(AccessState access, TimeProvider time, string token) =>
        new RazorComponentResult<SignIn>(
            new
            {
                Token = token,
                User = access.Current.Links.TryGetValue(Secret.HashOf(token), out var link) && link.Expires > time.GetUtcNow()
                    ? link.User
                    : null,
            }
        );

    private static async Task<IResult> RedeemAsync(
        HttpContext context,
        AccessDesk desk,
        AccessState access,
        string token,
        CancellationToken cancel
    )
    {
        var answer = await desk.RedeemAsync(token, cancel);
        if (!answer.Accepted || !access.Current.Users.TryGetValue(answer.Text, out var user))
            return new RazorComponentResult<SignIn>(new { Token = token }) { StatusCode = StatusCodes.Status410Gone };
        await Session.SignInAsync(context, user);
        return Results.Redirect("/");
    }

    private static async Task<IResult> SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(Door.Session);
        return Results.Redirect("/sign-in");
    }

    private static RazorComponentResult<PeoplePage> People(HttpContext context, AccessState access) =>
        new RazorComponentResult<PeoplePage>(new { Book = access.Current, MayManage = context.Caller().May(Role.Admin) });

    private static async Task<IResult> InviteAsync(
        HttpContext context,
        AccessDesk desk,
        Flash flash,
        IOptions<WebOptions> web,
        CancellationToken cancel
    )
    {
        var form = await context.Request.ReadFormAsync(cancel);
        if (!Enum.TryParse<Role>(form["role"], ignoreCase: true, out var role))
            return ErrorPage.Of(400, "No such role", "Use viewer, responder, approver or admin.");
        var (answer, secret) = await desk.InviteAsync(
            form["name"].ToString().Trim(),
            role,
            Groups(form["groups"]),
            context.Caller().Actor,
            cancel
        );
        flash.Put(
            context,
            new Said(
                answer.Accepted,
                answer.Accepted
                    ? $"{answer.Text} Give them this link; it works once, for a day, and is not shown again:\n{web.Value.PublicUrl.TrimEnd('/')}/sign-in/{secret}"
                    : answer.Text
            )
        );
        return Results.Redirect("/people");
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, AccessDesk desk, Flash flash, CancellationToken cancel)
    {
        var form = await context.Request.ReadFormAsync(cancel);
        var answer = await desk.RemoveAsync(form["name"].ToString(), context.Caller().Actor, cancel);
        flash.Put(context, new Said(answer.Accepted, answer.Text));
        return Results.Redirect("/people");
    }

    private static async Task<IResult> CreateTokenAsync(
        HttpContext context,
        AccessDesk desk,
        AlertSources sources,
        Flash flash,
        CancellationToken cancel
    )
    {
        var form = await context.Request.ReadFormAsync(cancel);
        if (!AccessDecisions.TryReadRole(form["role"].ToString().Trim(), out var role, out var source))
            return ErrorPage.Of(400, "No such role", "Use viewer, responder, approver, admin or source:NAME.");
        var (answer, secret) = await desk.CreateTokenAsync(
            form["name"].ToString().Trim(),
            role,
            Groups(form["groups"]),
            source,
            context.Caller().Actor,
            cancel
        );
        var note = sources.NoteOn(source) is { } missing ? " " + missing : "";
        flash.Put(
            context,
            new Said(answer.Accepted, answer.Accepted ? $"{answer.Text}{note} It is shown this once:\n{secret}" : answer.Text)
        );
        return Results.Redirect("/people");
    }

    private static async Task<IResult> RevokeAsync(HttpContext context, AccessDesk desk, Flash flash, CancellationToken cancel)
    {
        var form = await context.Request.ReadFormAsync(cancel);
        var answer = await desk.RevokeAsync(form["name"].ToString(), context.Caller().Actor, cancel);
        flash.Put(context, new Said(answer.Accepted, answer.Text));
        return Results.Redirect("/people");
    }

    private static string[] Groups(string? text) =>
        (text ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
