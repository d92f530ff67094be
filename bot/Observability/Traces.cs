using System.Diagnostics;

namespace Bot.Observability;

/// <summary>The spans of one delivery's way: delivery → decision → effect → step. They are made only where somebody collects them.</summary>
internal static class Traces
{
    /// <summary>Also the name of the source that the engine of runbooks writes its steps to.</summary>
    public const string Name = "Incident";

    public static ActivitySource Source { get; } = new(Name);

    /// <summary>Carries on a trace that was stored, whatever process began it.</summary>
    /// <param name="parent">W3C <c>traceparent</c>; null begins a trace of its own.</param>
    public static Activity? Of(string? parent, string name) =>
        Source.StartActivity(
            name,
            ActivityKind.Consumer,
            ActivityContext.TryParse(parent, null, isRemote: true, out var context) ? context : default
        );
}
