using System.Text.Json;
using System.Text.Json.Serialization;
using Bot.Access;
using Bot.Desk;
using Bot.Intake;
using Bot.Web.Security;
using Microsoft.Extensions.Options;

namespace Bot.Web.Api;

/// <summary><c>/api/v1/users</c> and <c>/api/v1/tokens</c>: for administrators.</summary>
internal static class AccessApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var admin = api.MapGroup("").RequireAuthorization(Door.Admin);
        admin
            .MapGet("/users", (AccessState access) => Rows(UserRow.Of(access.Current)))
            .Produces<Listing<UserRow>>()
            .WithSummary("Who may sign in");
        admin
            .MapPost("/users", InviteAsync)
            .Produces<InviteAnswer>(201)
            .ProducesProblem(400)
            .ProducesProblem(409)
            .WithSummary("Invite somebody: the one-time sign-in link is in the answer, this once");
        admin
            .MapDelete("/users/{name}", RemoveAsync)
            .Produces(204)
            .ProducesProblem(404)
            .ProducesProblem(409)
            .WithSummary("End somebody's sessions and links");
        admin
            .MapGet("/tokens", (AccessState access) => Rows(TokenRow.Of(access.Current)))
            .Produces<Listing<TokenRow>>()
            .WithSummary("Names and roles of the API tokens; never the tokens");
        admin
            .MapPost("/tokens", CreateAsync)
            .Produces<TokenAnswer>(201)
            .ProducesProblem(400)
            .ProducesProblem(409)
            .WithSummary("Create an API token: it is in the answer, this once");
        admin.MapDelete("/tokens/{name}", RevokeAsync).Produces(204).ProducesProblem(404).WithSummary("End a token at once");
    }

    private static async Task<IResult> InviteAsync(
        HttpContext context,
        AccessDesk desk,
        IOptions<WebOptions> web,
        AccessRequest request,
        CancellationToken cancel
    )
    {
        if (!AccessDecisions.TryReadRole(request.Role ?? "", out var role, out var source) || source is not null)
            return Problems.Invalid(new InvalidField("role", request.Role, "Use viewer, responder, approver or admin."));
        var name = request.Name?.Trim() ?? "";
        var (answer, secret) = await desk.InviteAsync(
            name,
            role,
            request.Groups ?? [],
            context.Caller().Actor,
            cancel,
            Key(context, request)
        );
        if (!answer.Accepted)
            return Problems.Invalid(new InvalidField("name", request.Name, answer.Text));
        return secret is null
            ? ShownBefore("The link")
            : Results.Created("/api/v1/users", new InviteAnswer(name, AccessDesk.LinkOf(web.Value.PublicUrl, secret)));
    }

    private static async Task<IResult> RemoveAsync(
        HttpContext context,
        AccessDesk desk,
        AccessState access,
        string name,
        CancellationToken cancel
    )
    {
        var answer = await desk.RemoveAsync(name, context.Caller().Actor, cancel);
        if (answer.Accepted)
            return Results.NoContent();
        return access.Current.Users.ContainsKey(name) ? Problems.Refused(answer.Text) : Problems.Of(404, "Not found", answer.Text);
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context,
        AccessDesk desk,
        AlertSources sources,
        AccessRequest request,
        CancellationToken cancel
    )
    {
        if (!AccessDecisions.TryReadRole(request.Role ?? "", out var role, out var source))
            return Problems.Invalid(new InvalidField("role", request.Role, "Use viewer, responder, approver, admin or source:NAME."));
        var name = request.Name?.Trim() ?? "";
        var (answer, secret) = await desk.CreateTokenAsync(
            name,
            role,
            request.Groups ?? [],
            source,
            context.Caller().Actor,
            cancel,
            Key(context, request)
        );
        if (!answer.Accepted)
            return Problems.Invalid(new InvalidField("name", request.Name, answer.Text));
        return secret is null
            ? ShownBefore("The token")
            : Results.Created("/api/v1/tokens", new TokenAnswer(name, secret, sources.NoteOn(source)));
    }

    private static async Task<IResult> RevokeAsync(HttpContext context, AccessDesk desk, string name, CancellationToken cancel)
    {
        var answer = await desk.RevokeAsync(name, context.Caller().Actor, cancel);
        return answer.Accepted ? Results.NoContent() : Problems.Of(404, "Not found", answer.Text);
    }

    private static IdempotencyKey? Key(HttpContext context, AccessRequest request) =>
        context.Request.IdempotencyKey(context.Caller(), () => JsonSerializer.Serialize(request, ApiJson.Options));

    private static IResult ShownBefore(string what) =>
        Problems.Of(409, "Done before", what + " was shown once, and only its hash is kept. Make a new one with another Idempotency-Key.");

    private static IResult Rows<T>(IEnumerable<T> rows) => Results.Ok(new Listing<T>([.. rows], null));

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record AccessRequest(string? Name, string? Role, IReadOnlyList<string>? Groups);

    internal sealed record InviteAnswer(string User, string Link);

    /// <param name="Note">What has to be done before it opens anything; null: nothing.</param>
    internal sealed record TokenAnswer(string Name, string Token, string? Note);
}
