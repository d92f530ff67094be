using System.Globalization;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Bounds what a whole run may write, over all its steps, attempts and nodes. Used by one thread.</summary>
/// <param name="mostCharacters">Of one run; a step's own bound is <c>log-limit</c>.</param>
internal sealed class OutputBudget(OutputTable table, long mostCharacters = 100_000_000, long mostLines = 500_000)
{
    private const int MostKnown = 1_000;

    private readonly Dictionary<string, OutputTotal> known = new(StringComparer.Ordinal);

    /// <returns>The lines that may still be written; the first one too many is told in its place.</returns>
    public async Task<List<OutputRow>> AdmitAsync(IReadOnlyList<OutputRow> batch, CancellationToken cancel)
    {
        if (known.Count > MostKnown)
            known.Clear();
        var admitted = new List<OutputRow>(batch.Count);
        foreach (var run in batch.GroupBy(line => line.Run, StringComparer.Ordinal))
        {
            if (!known.TryGetValue(run.Key, out var total))
                known[run.Key] = total = await table.TotalAsync(run.Key, cancel);
            foreach (var line in run.TakeWhile(_ => !IsUsedUp(total)))
            {
                total = Plus(total, line);
                admitted.Add(IsUsedUp(total) ? line with { Kind = StepOutput.Info, Text = UsedUp } : line);
            }
        }

        return admitted;
    }

    /// <summary>The lines are written.</summary>
    public void Spend(IReadOnlyList<OutputRow> lines)
    {
        foreach (var line in lines)
            known[line.Run] = line.Text == UsedUp ? new OutputTotal(mostLines, mostCharacters) : Plus(known[line.Run], line);
    }

    private bool IsUsedUp(OutputTotal total) => total.Last >= mostLines || total.Characters >= mostCharacters;

    private static OutputTotal Plus(OutputTotal total, OutputRow line) => new(total.Last + 1, total.Characters + line.Text.Length);

    private string UsedUp =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"… the run has written {mostCharacters:N0} characters or {mostLines:N0} lines: nothing more of its output is kept …"
        );
}
