using Bot.Storage;

namespace Bot.Web.Live;

/// <summary>
/// How far the log had come when a page was asked for, taken before anything was read for it: what is newer by the time the page hears of
/// the log may not be on it.
/// </summary>
internal sealed class PageMoment(ILogSignal signal)
{
    public long Position { get; } = signal.Position;
}
