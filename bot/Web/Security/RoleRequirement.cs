using Bot.Access;
using Microsoft.AspNetCore.Authorization;

namespace Bot.Web.Security;

/// <summary>The caller has at least this role. Tokens that may only deliver alerts have none.</summary>
internal sealed record RoleRequirement(Role Needed) : IAuthorizationRequirement;

internal sealed class RoleHandler(IHttpContextAccessor http) : AuthorizationHandler<RoleRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, RoleRequirement requirement)
    {
        if (http.HttpContext?.KnownCaller() is { } caller && caller.May(requirement.Needed))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
