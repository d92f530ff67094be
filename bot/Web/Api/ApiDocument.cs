using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Bot.Web.Api;

/// <summary>
/// What <c>/openapi/v1.json</c> says beyond the single doors: how to come in, ids of requests, what every door may answer, and the
/// doors that stand outside the routing (alerts, metrics).
/// </summary>
internal sealed class ApiDocument : IOpenApiDocumentTransformer
{
    private const string Bearer = "bearer";
    private const string Problem = "application/problem+json";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Incident",
            Version = "v1",
            Description =
                "Incidents, alerts, runs and their log. Errors are problem documents (RFC 9457); lists are `items` and `next`, which goes into `?after=`; times are RFC 3339 in UTC.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Bearer,
                Description = "An API token (`incident token create`).",
            },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
        document.Paths.Add("/alerts/{source}", Door(HttpMethod.Post, Alerts("source")));
        document.Paths.Add("/alerts/{source}/{route}", Door(HttpMethod.Post, Alerts("source", "route")));
        document.Paths.Add("/metrics", Door(HttpMethod.Get, Metrics()));
        foreach (var (path, door) in document.Paths)
        {
            foreach (var (method, operation) in door.Operations ?? [])
                Complete(path, method, operation);
        }

        return Task.CompletedTask;
    }

    private static void Complete(string path, HttpMethod method, OpenApiOperation operation)
    {
        if (path is "/health/live" or "/health/ready")
        {
            operation.Security = [];
            return;
        }

        if (method == HttpMethod.Post && path.StartsWith("/api/", StringComparison.Ordinal))
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = IdempotencyHeader.Name,
                    In = ParameterLocation.Header,
                    Description = "The caller's own id of this request: the same again gets the first answer, with another body 422.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = IdempotencyHeader.MaxLength },
                }
            );
            May(operation, "422", "The Idempotency-Key was used for something else");
        }

        May(operation, "401", "No token, or one that is not known");
        if (path.StartsWith("/api/", StringComparison.Ordinal))
            May(operation, "403", "The token's role does not allow it");
        May(operation, "503", "The database does not take it now; send the same again");
    }

    private static void May(OpenApiOperation operation, string status, string description)
    {
        operation.Responses ??= [];
        operation.Responses.TryAdd(
            status,
            new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { [Problem] = new OpenApiMediaType() },
            }
        );
    }

    private static OpenApiPathItem Door(HttpMethod method, OpenApiOperation operation) =>
        new() { Operations = new Dictionary<HttpMethod, OpenApiOperation> { [method] = operation } };

    private static OpenApiOperation Alerts(params IEnumerable<string> names)
    {
        var operation = new OpenApiOperation
        {
            Summary = "Deliver alerts in the format of the source's kind, with the source's token; answered when they are on disk",
            Parameters =
            [
                .. names.Select(name => new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                }),
            ],
            RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new OpenApiMediaType() },
            },
            Responses = new OpenApiResponses
            {
                ["202"] = new OpenApiResponse
                {
                    Description = "Durable",
                    Content = new Dictionary<string, OpenApiMediaType>
                    {
                        ["application/json"] = new OpenApiMediaType { Schema = Accepted() },
                    },
                },
            },
        };
        May(operation, "400", "It cannot be read, and is kept: the problem names the field and the delivery's id");
        May(operation, "413", "The body is too large");
        return operation;
    }

    private static OpenApiSchema Accepted() =>
        new()
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["delivery"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["alerts"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            },
        };

    private static OpenApiOperation Metrics() =>
        new()
        {
            Summary = "What the bot measures about itself, for Prometheus",
            Responses = new OpenApiResponses
            {
                ["200"] = new OpenApiResponse
                {
                    Description = "OK",
                    Content = new Dictionary<string, OpenApiMediaType> { ["text/plain"] = new OpenApiMediaType() },
                },
            },
        };
}
