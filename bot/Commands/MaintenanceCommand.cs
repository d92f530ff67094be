using Bot.Access;
using Bot.Alerts;
using Bot.Desk;
using Integrations;

namespace Bot.Commands;

internal sealed class MaintenanceCommand(SilenceDesk desk, SilenceState state, TimeProvider time) : IChatCommand
{
    public string Word => "maintenance";
    public string Usage => "SERVICE [--from TIME] FOR|--until TIME REASON | end N | list";
    public string Help => "Holds a service's alerts back while it is worked on, as /incident maintenance checkout 2h Upgrade";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public Form? Form { get; } =
        new(
            "Maintenance of a service",
            "/incident maintenance",
            "Begin",
            [
                new FormField("service", "Which service?", FormFieldKind.Text) { Positional = true, Required = true },
                new FormField("from", "From when? (empty: now)", FormFieldKind.Time) { Hint = TypedWords.TimeHint },
                new FormField("for", "For how long?", FormFieldKind.Text) { Required = true, Default = "2h" },
                new FormField("reason", "Why?", FormFieldKind.Text) { Required = true },
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var (first, rest) = context.Arguments.Split();
        if (first is "list")
            return Replies.Said(HoldWords.List(state.Current, now));
        return first is "end"
            ? await HoldWords.EndAsync(desk, context, rest, cancel)
            : await HoldWords.BeginAsync(desk, context, HoldKind.Maintenance, first, [], rest, now, cancel);
    }
}
