using System.CommandLine;
using Bot.Commands;
using Bot.Log;

namespace Bot.Cli.Chat;

/// <summary><c>incident say TEXT [--channel inc-42]</c>: what one could type in chat.</summary>
internal static class SayCommand
{
    public static Command Build()
    {
        var text = new Argument<string>("text") { Description = "As \"/incident severity 1\", or a message for the channel" };
        var channel = new Option<string?>("--channel") { Description = "The incident's channel", HelpName = "inc-42" };
        var command = new Command("say", "Say what one could type in chat") { text, channel };
        command.SetAction(
            (parsed, cancel) =>
            {
                var room = parsed.GetValue(channel);
                return room is not null && StreamId.IncidentNumber(room) is null
                    ? Task.FromResult(parsed.Terminal().Misused($"'{room}' is no channel. Use the id of an incident, as inc-42."))
                    : BotConnection.UseAsync(
                        parsed,
                        (bot, terminal) => SayAsync(bot, terminal, parsed.GetRequiredValue(text), room, cancel),
                        cancel
                    );
            }
        );
        return command;
    }

    private static async Task<int> SayAsync(BotConnection bot, Terminal terminal, string text, string? channel, CancellationToken cancel)
    {
        bool accepted;
        string reply;
        if (bot.Server is { } server)
        {
            var answer = await server.PostAsync("api/v1/commands", new { text, channel }, cancel);
            if (!answer.Ok || answer.Json is not { } json)
                return terminal.Problem(answer.Problem);
            accepted = json.GetProperty("accepted").GetBoolean();
            reply = answer.Text("reply") ?? "";
        }
        else
        {
            var number = StreamId.IncidentNumber(channel);
            var answer = await bot.Get<CommandDispatcher>().DispatchAsync(BotConnection.LocalCaller, text, number, key: null, cancel);
            (accepted, reply) = (answer.Accepted, answer.Text);
        }

        if (terminal.Json)
            terminal.Result(new { accepted, reply }, reply);
        else if (accepted)
            terminal.Out.WriteLine(reply);
        else
            terminal.Problem(reply);
        return accepted ? CommandLine.Success : CommandLine.Failure;
    }
}
