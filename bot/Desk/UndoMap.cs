using System.Diagnostics.CodeAnalysis;

namespace Bot.Desk;

/// <summary>A cache whose changes since a mark can be taken back: one piece of work that throws must leave no trace in it.</summary>
internal sealed class UndoMap<TKey, TValue>
    where TKey : notnull
    where TValue : class
{
    private readonly Dictionary<TKey, TValue> values = [];
    private readonly List<(TKey Key, TValue? Before)> undo = [];

    public int Count => values.Count;

    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value) => values.TryGetValue(key, out value);

    /// <summary>A value as the database has it: no change, nothing to take back.</summary>
    public void Remember(TKey key, TValue value) => values[key] = value;

    public void Change(TKey key, TValue value)
    {
        undo.Add((key, values.GetValueOrDefault(key)));
        values[key] = value;
    }

    public void Forget(TKey key) => values.Remove(key);

    /// <summary>Keeps what was changed so far.</summary>
    public void Mark() => undo.Clear();

    public void TakeBack()
    {
        for (var i = undo.Count - 1; i >= 0; i--)
        {
            if (undo[i].Before is { } before)
                values[undo[i].Key] = before;
            else
                values.Remove(undo[i].Key);
        }

        undo.Clear();
    }

    public void Clear()
    {
        values.Clear();
        undo.Clear();
    }
}
