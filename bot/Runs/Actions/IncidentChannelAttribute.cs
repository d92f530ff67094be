using Bot.Log;
using Runbooks.Actions;

namespace Bot.Runs.Actions;

/// <summary>The channel of an incident, by its id.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class IncidentChannelAttribute : TextFormAttribute
{
    public override string Pattern => "^inc-[0-9]+$";

    protected override string Form => "another incident's channel, as inc-42";

    protected override bool Fits(string text) => StreamId.IncidentNumber(text) is not null;
}
