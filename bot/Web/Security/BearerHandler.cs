using System.Security.Claims;
using System.Text.Encodings.Web;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Bot.Web.Security;

/// <summary>
/// <c>Authorization: Bearer TOKEN</c>: the bootstrap token of the settings, or a token from the access book, which holds only
/// SHA-256 hashes.
/// </summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    AccessState access,
    IConfiguration configuration
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return Task.FromResult(AuthenticateResult.NoResult());
        if (Find(header["Bearer ".Length..].Trim()) is not { } caller)
            return Task.FromResult(AuthenticateResult.Fail("The token is not known, or was revoked."));

        Context.SetCaller(caller);
        var identity = new ClaimsIdentity(
            [new Claim(Door.NameClaim, caller.Actor.ToString())],
            Door.Bearer,
            Door.NameClaim,
            ClaimsIdentity.DefaultRoleClaimType
        );
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Door.Bearer)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Unauthorized.ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problems.Forbidden.ExecuteAsync(Context);

    private Caller? Find(string token) =>
        configuration["Access:BootstrapToken"] is { Length: > 0 } bootstrap && Secret.Same(token, bootstrap)
            ? new Caller(Actor.Token("bootstrap"), Role.Admin, [])
            : access.Current.CallerOfToken(Secret.HashOf(token));
}
