using Bot.Alerts;

namespace Bot.Storage;

/// <summary>What a batch will ask the log's database for, named beforehand so that all of it is one round trip.</summary>
internal sealed class LogWants
{
    public HashSet<AlertKey> Alerts { get; } = [];
    public HashSet<(string Source, string GroupKey)> Groups { get; } = [];
    public HashSet<(string Caller, string Id)> Answers { get; } = [];

    public bool IsEmpty => Alerts.Count == 0 && Groups.Count == 0 && Answers.Count == 0;
}

/// <summary>What there is of <see cref="LogWants"/>; what is not there is not in it.</summary>
internal sealed class LogFound
{
    public Dictionary<AlertKey, AlertState> Alerts { get; } = [];
    public Dictionary<(string Source, string GroupKey), int> Groups { get; } = [];
    public Dictionary<(string Caller, string Id), AnswerRow> Answers { get; } = [];

    /// <summary>The answers were not looked up but taken for new. Where one is not, the commit throws <see cref="BeginAgainException"/>.</summary>
    public bool AnswersPresumed { get; init; }
}
