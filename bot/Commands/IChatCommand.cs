using System.Collections.ObjectModel;
using Bot.Access;
using Bot.Incidents;
using Bot.Log;
using Integrations;

namespace Bot.Commands;

/// <summary>
/// One word after <c>/incident</c>. A new command is one new file: it is discovered, its help, its form and its button come from here.
/// </summary>
internal interface IChatCommand
{
    /// <summary>The word, as <c>severity</c>; unique among the parts.</summary>
    string Word { get; }

    /// <summary>Other words for the same (<c>lead</c> for <c>commander</c>).</summary>
    IReadOnlyList<string> Aliases => [];

    /// <summary>What comes after the word, as <c>1|2|3|4 [--reason TEXT]</c>.</summary>
    string Usage { get; }

    /// <summary>One line for the help.</summary>
    string Help { get; }

    Role Needs { get; }

    /// <summary>Whether it only makes sense in an incident's channel.</summary>
    bool InChannel { get; }

    /// <summary>Whether an incident may be named before its other words, wherever it is typed: <c>/incident ack inc-42</c>.</summary>
    bool TakesIncident => InChannel;

    /// <summary>Whether what somebody is at this moment counts for it: they are asked for anew, which may take a second.</summary>
    bool Decides => false;

    /// <summary>Whether its own words begin with an incident: in a channel that one is meant by them, not the channel's.</summary>
    bool NamesAnother => false;

    /// <summary>Whether any <c>--name</c> is an option of it: what a runbook asks for has names of its own.</summary>
    bool TakesAnyOption => false;

    /// <summary>
    /// The questions behind it, for a button; for an empty call too where one of them must be answered. Null where it needs none.
    /// </summary>
    Form? Form => null;

    Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel);
}

/// <param name="Incident">The number of the channel's incident; set whenever <see cref="IChatCommand.InChannel"/>.</param>
/// <param name="Arguments">What came after the word.</param>
/// <param name="Key">For the desk: the input's id, per caller.</param>
internal sealed record CommandContext(Caller Caller, int? Incident, Arguments Arguments, Desk.IdempotencyKey? Key)
{
    public CommandOrigin Origin { get; init; } = CommandOrigin.Unknown;

    /// <summary>
    /// A line that the answer brings, as a button or a form: it names the incident, since the channel may be another one's by the time
    /// it comes back. As it is where there is none.
    /// </summary>
    public string Named(string line) => Incident is { } number ? IncidentCard.Named(line, StreamId.Incident(number).Value) : line;
}

/// <summary>What is known of where a command came from, beside its words.</summary>
/// <param name="Asks">Its questions are wanted, also where it could do without them.</param>
/// <param name="Platform">The chat platform; null: none.</param>
/// <param name="Room">The platform's id of the room where it was typed; null outside of any.</param>
/// <param name="About">The message that it is about.</param>
internal sealed record CommandOrigin(bool Asks, string? Platform = null, string? Room = null, ChatLine? About = null)
{
    /// <summary>As <see cref="ChatAct.Typed.Rooms"/>.</summary>
    public IReadOnlyDictionary<string, string> Rooms { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public static CommandOrigin Unknown { get; } = new(false);

    /// <summary>
    /// Where an incident's room is on the platform from which the command came; null: it has none there, or none yet, or the command was
    /// typed in it.
    /// </summary>
    public string? RoomOf(IChatDirectory directory, Incident incident) =>
        Platform is { } platform && directory.RoomOf(platform, incident.Id) is { } room && room != Room ? room : null;
}
