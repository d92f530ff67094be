using System.Globalization;
using System.Text.Json;
using Runbooks.Running;

namespace Bot.Cli.Runbooks;

/// <summary>
/// Follows a run of the server: its output by number to stdout, what becomes of its steps to stderr, and what it asks to the
/// person in front of the terminal, if there is one. A lost connection is taken up again where it broke off.
/// </summary>
/// <param name="keyboard">Null: nobody can answer here.</param>
/// <param name="after">The number of the last line that was seen.</param>
internal sealed class FollowedRun(ServerClient server, Terminal terminal, string run, TimeProvider time, TextReader? keyboard, long after)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, string> steps = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);
    private long seen = after;
    private bool lost;

    /// <returns>0 if it succeeded.</returns>
    public async Task<int> FollowAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var answer = await GetAsync($"api/v1/runs/{Uri.EscapeDataString(run)}", cancel);
                if (answer is { Ok: false })
                    return terminal.Problem(answer.Problem);
                if (answer?.Json is { } state && await OutputAsync(cancel))
                {
                    Tell(state);
                    if (State(state) is "succeeded" or "failed" or "cancelled")
                        return await EndAsync(state, cancel);
                    await AskAsync(state, cancel);
                }

                await Task.Delay(lost ? Pause : Glance, time, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            terminal.Progress($"Left alone at line {Number(seen)}; {run} goes on.");
            terminal.Progress($"  incident runbook follow {run} --after {Number(seen)}");
            terminal.Progress($"  incident runbook cancel {run}");
            return CommandLine.Failure;
        }
    }

    private async Task<int> EndAsync(JsonElement state, CancellationToken cancel)
    {
        // Lines are written in batches, a moment after the steps that they are from.
        long before;
        do
        {
            before = seen;
            await Task.Delay(Glance, time, cancel);
        } while (!await OutputAsync(cancel) || seen > before);
        var because = Text(state, "because");
        terminal.Progress($"{run} {State(state)}{(because is null ? "" : ": " + because)}");
        foreach (var left in state.GetProperty("leftBehind").EnumerateArray())
            terminal.Progress($"  left behind: {left.GetString()}");
        foreach (var file in state.GetProperty("artifacts").EnumerateArray())
            terminal.Progress($"  artifact: {Text(file, "name")} of {Text(file, "step")}, {Text(file, "url")}");
        if (terminal.Json)
            terminal.Result(state, "");
        return State(state) is "succeeded" ? CommandLine.Success : CommandLine.Failure;
    }

    /// <returns>False if the connection is lost.</returns>
    private async Task<bool> OutputAsync(CancellationToken cancel)
    {
        while (true)
        {
            var page = await GetAsync($"api/v1/runs/{Uri.EscapeDataString(run)}/output?after={Number(seen)}", cancel);
            if (page is not { Ok: true })
                return false;
            foreach (var line in page.Items)
            {
                seen = line.GetProperty("n").GetInt64();
                if (terminal.Json)
                    terminal.Progress($"{Number(seen)} {Text(line, "step")}: {Text(line, "text")}");
                else
                    await terminal.Out.WriteLineAsync($"{Number(seen), 5}  {Text(line, "step")}: {Text(line, "text")}");
            }

            if (Text(page.Json!.Value, "next") is null)
                return true;
        }
    }

    private void Tell(JsonElement state)
    {
        foreach (var step in state.GetProperty("steps").EnumerateArray())
        {
            var (id, outcome, because) = (Text(step, "id")!, Text(step, "outcome")!, Text(step, "because"));
            var attempts = step.GetProperty("attempts").GetArrayLength();
            var said = outcome + (attempts > 1 ? $", attempt {Number(attempts)}" : "") + (because is null ? "" : $" ({because})");
            if (steps.GetValueOrDefault(id) == said)
                continue;
            steps[id] = said;
            terminal.Progress($"  {id}: {said}");
        }
    }

    private async Task AskAsync(JsonElement state, CancellationToken cancel)
    {
        foreach (var wait in state.GetProperty("waitingFor").EnumerateArray())
        {
            var (step, kind, hash) = (Text(wait, "step") ?? "", Text(wait, "kind"), Text(wait, "hash"));
            if (kind is "lock" || !asked.Add($"{step}\n{kind}\n{hash ?? Text(wait, "expiresAt")}"))
                continue;
            // Nobody is asked for time to pass; what can be decided meanwhile is to be known nevertheless.
            terminal.Progress(
                kind is "time" ? $"  {step} waits{Until(wait)}: {Text(wait, "text")}" : $"? {step} waits for {kind}: {Text(wait, "text")}"
            );
            var from = string.Join(", ", wait.GetProperty("from").EnumerateArray().Select(group => group.GetString()));
            if (from.Length > 0)
                terminal.Progress($"  asked of {from}");
            if (wait.TryGetProperty("does", out var does))
            {
                foreach (var line in WholeLines.Of(Text(wait, "text"), does, $"the run's page and GET /api/v1/runs/{run} have all of it"))
                    terminal.Progress("    " + line);
            }

            foreach (var line in WaitText.Evidence(wait))
                terminal.Progress("  " + line);
            var decisions = Decisions(wait);
            if (keyboard is not null && kind is ("approval" or "unknown"))
                await DecideAsync(step, decisions, hash, cancel);
            else if (kind is not "time" || decisions.Length > 0)
                terminal.Progress(Hint(run, step, decisions));
        }
    }

    private async Task DecideAsync(string step, string decisions, string? hash, CancellationToken cancel)
    {
        while (true)
        {
            await terminal.Error.WriteAsync($"  {decisions} [REASON], or Enter to leave it to others: ");
            var words = (await keyboard!.ReadLineAsync(cancel))?.Split(
                ' ',
                2,
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            );
            if (words is not [var decision, .. var rest])
                return;
            var answer = await server.PostAsync(
                $"api/v1/runs/{Uri.EscapeDataString(run)}/decisions",
                new
                {
                    step,
                    decision,
                    hash,
                    reason = rest.FirstOrDefault(),
                },
                cancel
            );
            if (answer.Ok)
                return;
            terminal.Progress("  " + answer.Problem);
        }
    }

    /// <returns>Null while the server cannot be reached.</returns>
    private async Task<ServerAnswer?> GetAsync(string path, CancellationToken cancel)
    {
        try
        {
            var answer = await server.GetAsync(path, cancel);
            if (answer.Status < 500)
            {
                if (lost)
                    terminal.Progress("The server is there again.");
                lost = false;
                return answer;
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            // The run goes on without us; what is missed comes by its number.
        }

        if (!lost)
            terminal.Progress("The server does not answer; it is asked again until it does.");
        lost = true;
        return null;
    }

    private static string Hint(string run, string step, string decisions) =>
        $"  incident runbook decide {(step.Length > 0 ? $"{run} {step}" : run)} {decisions}"
        + (decisions.StartsWith("answer", StringComparison.Ordinal) ? " --answer NAME=VALUE" : " --reason TEXT");

    private static string Until(JsonElement wait) =>
        wait.TryGetProperty("expiresAt", out var end) && end.ValueKind is JsonValueKind.String
            ? $" until {UtcText.Of(end.GetDateTimeOffset())}"
            : "";

    // What fits now, as the server says.
    private static string Decisions(JsonElement wait) =>
        string.Join(" | ", wait.GetProperty("decisions").EnumerateArray().Select(decision => decision.GetString()));

    private static string? State(JsonElement state) => Text(state, "state");

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
