using Bot.Runs;
using Runbooks.Definition;

namespace Bot.Web.Api;

/// <summary><c>/api/v1/runbooks</c></summary>
internal static class RunbooksApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet(
                "/runbooks",
                (IRunbookShelf shelf) => Results.Ok(new Listing<RunbookAnswer>([.. shelf.All.Select(RunbookAnswer.Of)], null))
            )
            .Produces<Listing<RunbookAnswer>>()
            .WithSummary("All runbooks of this node, the faulty files with their problems");
        api.MapGet("/runbooks/{name}", Get).Produces<RunbookAnswer>().ProducesProblem(404).WithSummary("One runbook with its text");
    }

    private static IResult Get(IRunbookShelf shelf, string name) =>
        shelf.All.FirstOrDefault(one => one.Definition?.Name == name) is { } found
            ? Results.Ok(RunbookAnswer.Of(found) with { Text = found.Definition!.Text })
            : Problems.NotFound("runbook " + name);
}

/// <param name="Name">Null where the file cannot be read as a runbook.</param>
/// <param name="Replaces">Paths of files with the same name that are not used, since their folders stand after this one's.</param>
/// <param name="Text">Only where one runbook is asked for.</param>
internal sealed record RunbookAnswer(
    string? Name,
    string? Summary,
    string? Hash,
    string File,
    IReadOnlyList<RunbookAnswer.InputAnswer> Inputs,
    IReadOnlyList<string> MayRun,
    IReadOnlyList<RunbookAnswer.ProblemAnswer> Problems,
    IReadOnlyList<string> Replaces,
    string? Text
)
{
    public static RunbookAnswer Of(ShelvedRunbook shelved) =>
        Of(Path.GetFileName(shelved.Path), shelved.Definition, shelved.Problems, shelved.Replaces);

    public static RunbookAnswer Of(
        string file,
        RunbookDefinition? definition,
        IReadOnlyList<DefinitionProblem> problems,
        IReadOnlyList<string> replaces
    ) =>
        new(
            definition?.Name,
            definition?.Summary,
            definition?.Hash,
            file,
            [
                .. (definition?.Inputs ?? []).Select(input => new InputAnswer(
                    input.Name,
                    input.Type,
                    input.Required,
                    input is { Default: not null } or { Ref: not null },
                    input.Description
                )),
            ],
            definition?.MayRun ?? [],
            [.. problems.Select(problem => new ProblemAnswer(problem.Line, problem.Column, problem.Message))],
            replaces,
            null
        );

    internal sealed record InputAnswer(string Name, InputType Type, bool Required, bool HasDefault, string? Description);

    internal sealed record ProblemAnswer(int Line, int Column, string Message);
}
