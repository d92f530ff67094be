using Bot.Alerts;

namespace Bot.Storage;

/// <summary>What a batch will ask the log's database for, named beforehand so that all of it is one round trip.</summary>
internal sealed class LogWants
{
    public HashSet<AlertKey> Alerts { get; } = [];
    public HashSet<(string Source, string GroupKey)> Groups { get; } = [];
    public HashSet<(string Caller, string Id)> Answers { get; } = [];

    public bool IsEmpty => !HasAlerts && Answers.Count == 0;

    /// <summary>Alerts or groups.</summary>
    public bool HasAlerts => Alerts.Count > 0 || Groups.Count > 0;

    public void Add(LogWants other)
    {
        Alerts.UnionWith(other.Alerts);
        Groups.UnionWith(other.Groups);
        Answers.UnionWith(other.Answers);
    }

    /// <summary>Whether a row of each alert and group is added, which the database refuses where there is one.</summary>
    public bool IsWrittenAsNew(LogWrites writes) =>
        Alerts.All(key => writes.Alerts.GetValueOrDefault(key) is { IsNew: true, Content: not null })
        && Groups.All(key => writes.Groups.TryGetValue(key, out var row) && row.IsNew);
}

/// <summary>What there is of <see cref="LogWants"/>; what is not there is not in it.</summary>
internal sealed class LogFound
{
    public Dictionary<AlertKey, AlertState> Alerts { get; } = [];
    public Dictionary<(string Source, string GroupKey), int> Groups { get; } = [];
    public Dictionary<(string Caller, string Id), AnswerRow> Answers { get; } = [];
}
