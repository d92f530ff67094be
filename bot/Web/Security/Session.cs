using System.Globalization;
using System.Security.Claims;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace Bot.Web.Security;

/// <summary>
/// A person's session: a cookie that names the user, and nothing else. What the user may do is looked up at each request, so
/// that a removed user is out at once and a changed role holds at once.
/// </summary>
internal sealed class Session(AccessState access, IOptions<WebOptions> web) : IConfigureNamedOptions<CookieAuthenticationOptions>
{
    public void Configure(CookieAuthenticationOptions options) => Configure(Door.Session, options);

    public void Configure(string? name, CookieAuthenticationOptions options)
    {
        if (name != Door.Session)
            return;
        options.Cookie.Name = web.Value.IsHttps ? "__Host-incident" : "incident";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = web.Value.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        options.Cookie.Path = "/";
        options.LoginPath = "/sign-in";
        options.ReturnUrlParameter = "return";
        options.ExpireTimeSpan = TimeSpan.FromDays(30);
        options.SlidingExpiration = true;
        options.Events.OnValidatePrincipal = ValidateAsync;
        options.Events.OnRedirectToLogin = context =>
        {
            if (context.Request.IsApi())
                return Problems.Unauthorized.ExecuteAsync(context.HttpContext);
            // A form that was sent after the session ended comes back to the page, not to the form's address.
            context.Response.Redirect(HttpMethods.IsGet(context.Request.Method) ? context.RedirectUri : "/sign-in");
            return Task.CompletedTask;
        };
        options.Events.OnRedirectToAccessDenied = context =>
            context.Request.IsApi()
                ? Problems.Forbidden.ExecuteAsync(context.HttpContext)
                : Pages.ErrorPage.Forbidden.ExecuteAsync(context.HttpContext);
    }

    public static Task SignInAsync(HttpContext context, User user) =>
        context.SignInAsync(
            Door.Session,
            new ClaimsPrincipal(
                new ClaimsIdentity(
                    [new Claim(Door.NameClaim, user.Name), new Claim(Door.InvitedClaim, Stamp(user))],
                    Door.Session,
                    Door.NameClaim,
                    ClaimsIdentity.DefaultRoleClaimType
                )
            ),
            new AuthenticationProperties { IsPersistent = true }
        );

    private Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var name = context.Principal?.FindFirstValue(Door.NameClaim);
        // The stamp: somebody removed and invited again under the same name has no claim to the old sessions.
        if (
            name is not null
            && access.Current.Users.TryGetValue(name, out var user)
            && context.Principal!.FindFirstValue(Door.InvitedClaim) == Stamp(user)
        )
        {
            context.HttpContext.SetCaller(access.Current.CallerOfUser(name));
            return Task.CompletedTask;
        }

        context.RejectPrincipal();
        return context.HttpContext.SignOutAsync(Door.Session);
    }

    private static string Stamp(User user) => Micros.From(user.InvitedAt).ToString(CultureInfo.InvariantCulture);
}
