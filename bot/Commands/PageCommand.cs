using Bot.Access;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Paging;
using Integrations;

namespace Bot.Commands;

internal sealed class PageCommand(IDesk desk, People people, IStrangers strangers, PlatformsInTime inTime, IEnumerable<IPager> pagers)
    : IChatCommand
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
                new FormField("person", "Somebody", FormFieldKind.Person),
                new FormField("group", "Or a group", FormFieldKind.Group),
                new FormField("reason", "Why?", FormFieldKind.Text),
            ]
        )
        {
            NeedsOne = true,
        };

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (first, others) = context.Arguments.Split();
        var (somebody, group) = (context.Arguments.Option("person") ?? "", context.Arguments.Option("group") ?? "");
        if (somebody.Length > 0 && group.Length > 0)
            return Replies.Refused(new Rejection.Invalid("group", group, "Call a person or a group, one at a time.").Sentence);
        // The words are the reason then.
        if (somebody.Length > 0 || group.Length > 0)
            (first, others) = (group.Length > 0 ? $"group:{group}" : somebody, context.Arguments.Text);
        if (!first.Contains(':', StringComparison.Ordinal))
            first = "user:" + first;
        if (PageTarget.Parse(first) is not { } target)
            return Replies.Refused(
                new Rejection.Invalid("target", first, "Name @anna, user:anna, group:oncall, role:responder or webhook:NAME.").Sentence
            );
        if (target.Kind is "user")
        {
            if (!people.TryFind(target.Name, context.Caller, "target", out var person, out var refusal))
            {
                // Somebody of a workspace who has not used the bot, as a route may name them.
                var stranger = await inTime.FindAsync(strangers, target.Name.TrimStart('@'), cancel);
                if (stranger.Name is null)
                    return stranger.Why is { } why ? Replies.Refused($"{refusal.Text} Nor in chat: {why}.") : refusal;
                person = stranger.Name;
            }

            target = target with { Name = person };
        }

        if (target.NobodyIn(people.Groups, pagers) is { } nobody)
            return Replies.Refused(nobody.Sentence);
        var reason = context.Arguments.Option("reason") ?? others;
        return await desk.ApplyAsync(context, new IncidentCommand.Call(target, reason.Length == 0 ? null : reason), cancel);
    }
}
