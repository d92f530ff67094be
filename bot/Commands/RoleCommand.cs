using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class RoleCommand(IDesk desk, People people) : IChatCommand
{
    public string Word => "role";
    public IReadOnlyList<string> Aliases => [];
    public string Usage => "ROLE me|@PERSON|release";
    public string Help => "Gives a role: commander, deputy, ops-lead, comms-lead, scribe, sme";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Form? Form { get; } =
        new(
            "Give a role",
            "/incident role",
            "Give",
            [
                new FormField("role", "Role", FormFieldKind.Choice)
                {
                    Positional = true,
                    Required = true,
                    Choices = [.. Enum.GetValues<IncidentRole>().Select(role => role.Word())],
                },
                new FormField("person", "To whom?", FormFieldKind.Person) { Hint = "Nobody chosen: you take it yourself." },
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (first, others) = context.Arguments.Split();
        var release = first.Equals("release", StringComparison.OrdinalIgnoreCase);
        if (release)
            first = others;
        if (IncidentWords.RoleFrom(first) is not { } role)
        {
            return Replies.Refused(
                new Rejection.Invalid("role", first, "It is one of commander, deputy, ops-lead, comms-lead, scribe, sme.").Sentence
            );
        }

        if (release || others.Equals("release", StringComparison.OrdinalIgnoreCase))
            return await desk.ApplyAsync(context, new IncidentCommand.ReleaseRole(role), cancel);
        if (context.Arguments.Option("person") is { Length: > 0 } chosen)
            others = chosen;
        // Who leads has to be able to; a scribe or an expert need not.
        var needs = role is IncidentRole.Commander or IncidentRole.Deputy ? Role.Responder : Role.Viewer;
        return people.TryFind(others, context.Caller, "person", out var person, out var refusal, needs)
            ? await desk.ApplyAsync(context, new IncidentCommand.AssignRole(role, person), cancel)
            : refusal;
    }
}
