using System.Net;
using Bot.Access;
using Bot.Storage;
using Bot.Web.Api;
using Bot.Web.Chat;
using Bot.Web.Live;
using Bot.Web.Pages;
using Bot.Web.Security;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace Bot.Web;

/// <summary>Everything that a browser or an API client sees.</summary>
internal static class WebSetup
{
    public static IServiceCollection AddWeb(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<WebOptions>(configuration.GetSection("Web"));
        services.AddHttpContextAccessor();
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemAnswers>();
        services.AddRazorComponents();
        // In every environment, so that what cannot be read gets its problem document as well.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services.AddDoors();
        services.AddSingleton<KeyTable>();
        services.AddDataProtection().SetApplicationName("incident");
        // It warns that keys are stored in clear: whoever reads the database has all there is anyway.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement", LogLevel.Error));
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(options =>
            options.XmlRepository = provider.GetRequiredService<KeyTable>()
        ));
        services.AddSingleton<LogFanout>();
        services.AddHostedService(provider => provider.GetRequiredService<LogFanout>());
        services.AddSingleton<LogStream>();
        services.AddScoped<PageMoment>();
        services.AddSingleton<OutputStream>();
        services.AddSingleton<AlertSight>();
        services.AddSingleton<EffectSight>();
        services.AddSingleton<ArtifactDownload>();
        services.AddSingleton<Flash>();
        services.AddSingleton<ConsoleRoom>();
        services.AddSingleton<AcknowledgeEndpoints>();
        services.AddOpenApi(
            "v1",
            options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.AddDocumentTransformer<ApiDocument>();
            }
        );
        return services;
    }

    /// <summary>Call after the hot path of the alerts is mapped: nothing here runs in front of it.</summary>
    public static void MapWeb(this WebApplication app)
    {
        app.UseForwarded();
        // Said here, or the framework puts it in front of everything.
        app.UseRouting();
        app.UseSecurityHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages(NoDoorAsync);
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();

        var api = app.MapGroup("/api/v1").RequireAuthorization(Door.Viewer).AddEndpointFilter(SameSiteAsync);
        IncidentsApi.Map(api);
        AlertsApi.Map(api);
        CommandsApi.Map(api);
        AccessApi.Map(api);
        RunbooksApi.Map(api);
        DrillsApi.Map(api);
        RunsApi.Map(api);
        AutomationApi.Map(api);
        StreamApi.Map(api);
        HealthApi.Map(app);
        app.MapOpenApi("/openapi/{documentName}.json");
        AssetEndpoints.Map(app);

        var open = Pages(app).AllowAnonymous();
        AccessEndpoints.MapOpen(open);
        AcknowledgeEndpoints.MapOpen(open);
        var pages = Pages(app).RequireAuthorization(Door.Viewer);
        foreach (var part in app.Services.GetServices<IPages>())
            part.Map(pages);
    }

    private static void AddDoors(this IServiceCollection services)
    {
        services
            .AddAuthentication(Door.Scheme)
            .AddPolicyScheme(
                Door.Scheme,
                null,
                options =>
                    options.ForwardDefaultSelector = context =>
                        context.Request.Headers.ContainsKey("Authorization") ? Door.Bearer : Door.Session
            )
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(Door.Bearer, null)
            .AddCookie(Door.Session);
        services.AddSingleton<IConfigureOptions<CookieAuthenticationOptions>, Session>();
        services.AddSingleton<IAuthorizationHandler, RoleHandler>();
        var authorization = services.AddAuthorizationBuilder();
        foreach (var role in Enum.GetValues<Role>())
            authorization.AddPolicy(role.ToString().ToLowerInvariant(), policy => policy.AddRequirements(new RoleRequirement(role)));
        // A door that says nothing of itself is closed.
        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().AddRequirements(new RoleRequirement(Role.Viewer)).Build());
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "incident-form";
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.HttpOnly = true;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SuppressXFrameOptionsHeader = true;
        });
    }

    /// <summary>Every form of a page carries its token, checked before the form is read; how far the log had come is taken before anything is.</summary>
    private static RouteGroupBuilder Pages(WebApplication app)
    {
        var pages = app.MapGroup("").ExcludeFromDescription();
        pages.AddEndpointFilter(
            async (context, next) =>
            {
                var request = context.HttpContext.Request;
                if (HttpMethods.IsPost(request.Method))
                {
                    var antiforgery = context.HttpContext.RequestServices.GetRequiredService<IAntiforgery>();
                    if (!request.HasFormContentType || !await antiforgery.IsRequestValidAsync(context.HttpContext))
                        return ErrorPage.Of(400, "The form is out of date", "Go back, reload the page and send it again.");
                }

                context.HttpContext.RequestServices.GetRequiredService<PageMoment>();
                return await next(context);
            }
        );
        return pages;
    }

    // A session is a cookie, which a browser sends along with what other sites start; their writes stop here.
    private static async ValueTask<object?> SameSiteAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return
            HttpMethods.IsPost(request.Method)
            && !request.Headers.ContainsKey("Authorization")
            && site is not ("" or "same-origin" or "none")
            ? Problems.Of(403, "From another site", "Write with an API token, or from a page of this server.")
            : await next(context);
    }

    private static Task NoDoorAsync(Microsoft.AspNetCore.Diagnostics.StatusCodeContext context)
    {
        var http = context.HttpContext;
        // Refused by the routing, before the door could say it.
        if (http.Response.StatusCode is 415)
            return Problems.NotJson.ExecuteAsync(http);
        if (http.Response.StatusCode is not (404 or 405))
            return Task.CompletedTask;
        var status = http.Response.StatusCode;
        return (
            http.Request.IsApi() || http.KnownCaller() is null
                ? Problems.Of(
                    status,
                    status is 404 ? "Not found" : "Not with this method",
                    $"{http.Request.Method} {http.Request.Path} is no door of this server."
                )
                : ErrorPage.NotFound("page " + http.Request.Path)
        ).ExecuteAsync(http);
    }

    private static void UseForwarded(this WebApplication app)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in app.Services.GetRequiredService<IOptions<WebOptions>>().Value.KnownProxies)
        {
            if (proxy.Contains('/', StringComparison.Ordinal))
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
            else
                options.KnownProxies.Add(IPAddress.Parse(proxy));
        }

        if (options.KnownProxies.Count > 0 || options.KnownIPNetworks.Count > 0)
            app.UseForwardedHeaders(options);
    }
}
