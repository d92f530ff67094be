using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class PageCommand(IDesk desk) : IChatCommand
{
    public string Word => "page";
    public IReadOnlyList<string> Aliases => ["call"];
    public string Usage => "@PERSON|user:NAME|group:NAME|role:NAME|webhook:NAME";
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
        var target = first.Contains(':', StringComparison.Ordinal)
            ? Paging.PageTarget.Parse(first)
            : new Paging.PageTarget("user", TypedWords.Person(first, context.Caller));
        return target is null
            ? Replies.Refused(
                new Rejection.Invalid("target", first, "Name @anna, user:anna, group:oncall, role:responder or webhook:NAME.").Sentence
            )
            : await desk.ApplyAsync(context, new IncidentCommand.Call(target, others.Length == 0 ? null : others), cancel);
    }
}
