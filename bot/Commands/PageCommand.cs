using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Paging;
using Integrations;
using Runbooks.Expressions;

namespace Bot.Commands;

internal sealed class PageCommand(IDesk desk, People people, IEnumerable<IPager> pagers) : IChatCommand
{
    public string Word => "page";
    public IReadOnlyList<string> Aliases => ["call"];
    public string Usage => "@PERSON|group:NAME|role:NAME|webhook:NAME [REASON]";
    public string Help => "Calls somebody now";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Form? Form { get; } =
        new(
            "Call somebody",
            "/incident page",
            "Call",
            [
                new FormField("target", "Whom?", FormFieldKind.Person)
                {
                    Positional = true,
                    Required = true,
                    Hint = "@anna or group:oncall",
                },
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (first, others) = context.Arguments.Split();
        if (!first.Contains(':', StringComparison.Ordinal))
            first = "user:" + first;
        if (PageTarget.Parse(first) is not { } target)
            return Replies.Refused(
                new Rejection.Invalid("target", first, "Name @anna, user:anna, group:oncall, role:responder or webhook:NAME.").Sentence
            );
        if (target.Kind is "user")
        {
            if (!people.TryFind(target.Name, context.Caller, "target", out var person, out var refusal))
                return refusal;
            target = target with { Name = person };
        }

        // A platform knows its groups, whoever of them this bot has met.
        if (target.Kind is "group" && !people.Groups.Contains(target.Name) && !pagers.Any(pager => IsKnownTo(pager, target)))
            return Replies.Refused(
                new Rejection.Invalid(
                    "target",
                    first,
                    $"Nobody is in the group {target.Name}.{Suggestion.For(target.Name, people.Groups)}"
                ).Sentence
            );
        var reason = context.Arguments.Option("reason") ?? others;
        return await desk.ApplyAsync(context, new IncidentCommand.Call(target, reason.Length == 0 ? null : reason), cancel);
    }

    // The last resort takes whatever it is given.
    private static bool IsKnownTo(IPager pager, PageTarget target) =>
        pager is { IsOn: true, IsLastResort: false } && pager.CanReach(target.Kind, target.Name);
}
