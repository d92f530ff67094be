using System.Text.Json;
using Bot.Intake;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Bot.Schedule;

/// <summary>One look of a probe: taken by one node, counted, and told to the intake as an alert when it begins or ends to fail.</summary>
internal sealed class ProbeRounds(
    ConfigShelf config,
    ProbeTable table,
    Definitions definitions,
    SecretReader secrets,
    AlertSources sources,
    IntakeDesk intake,
    IIdSource ids,
    TimeProvider time
)
{
    // What an annotation carries of an answer that somebody else wrote.
    private const int MostSaid = 1000;

    private const string Well = "it is well again";

    // In which a node may start again, or be replaced by another one.
    private static readonly TimeSpan Restart = TimeSpan.FromMinutes(5);

    /// <param name="at">The moment of the schedule.</param>
    /// <returns>False: the probe is gone, or another node has this moment.</returns>
    public async Task<bool> RunAsync(string name, DateTimeOffset at, CancellationToken cancel)
    {
        if (config.Current.Probes.FirstOrDefault(known => known.Name == name) is not { } probe)
            return false;
        if (await table.ClaimAsync(name, at, probe.Every, cancel) is not { } row)
            return false;
        row = await TellAsync(probe.Labels, probe.Summary, row, cancel);
        var because = await LookAsync(probe, cancel);
        // As the database keeps it: the alert's episode is known by this time.
        var now = Micros.ToTime(Micros.From(time.GetUtcNow()));
        row = row with
        {
            State = row.State.After(because is null, probe.FailAfter, probe.ResolveAfter, now),
            Said = because ?? (row.State.Firing ? Over(Well, row.Said) : "it is well"),
        };
        // Kept before it is told: whoever comes next tells what this process could not.
        await table.SaveAsync(row, cancel);
        await TellAsync(probe.Labels, probe.Summary, row, cancel);
        return true;
    }

    /// <summary>
    /// Ends the alerts of probes that no node has any more. Nodes may have different files, as while a new one is rolled out: what this
    /// one's file had until now was taken out there; a node that still has it begins anew with it. What it never had is somebody else's as
    /// long as it is looked for, and over once two of its moments have passed without, and time enough for a node to start again.
    /// </summary>
    /// <param name="before">What this node's file had until now.</param>
    /// <returns>Whether there are some of somebody else's: they may be over later.</returns>
    public async Task<bool> ForgetOthersAsync(IReadOnlyList<Probe> probes, IReadOnlyList<Probe> before, CancellationToken cancel)
    {
        var others = false;
        foreach (var row in (await table.AllAsync(cancel)).Where(row => !Has(probes, row)))
        {
            if (!Has(before, row) && time.GetUtcNow() < row.LookedFor + TimeSpan.FromTicks(Math.Max(2 * row.Every.Ticks, Restart.Ticks)))
            {
                others = true;
                continue;
            }

            if (row.State is { Firing: true } or { Told: false })
            {
                var over = row with
                {
                    State = row.State with { Firing = false, Told = false },
                    Said = Over("the probe was taken out", row.Said),
                };
                await TellAsync(new Dictionary<string, string> { ["alertname"] = "ProbeFailed", ["probe"] = row.Name }, "", over, cancel);
            }

            await table.ForgetAsync(row, cancel);
        }

        return others;
    }

    // Why it failed is asked after it is over, too: an alert says only what it said last.
    private static string Over(string what, string failure) =>
        failure.StartsWith(Well, StringComparison.Ordinal) ? what + failure[Well.Length..] : $"{what}; before: {failure}";

    private static bool Has(IReadOnlyList<Probe> probes, ProbeRow row) => probes.Any(probe => probe.Name == row.Name);

    /// <returns>Why it failed; null: it did not.</returns>
    private async Task<string?> LookAsync(Probe probe, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(probe.Timeout, time);
        await using var stops = cancel.UnsafeRegister(static both => ((CancellationTokenSource)both!).Cancel(), limit);
        var mask = new CallMask(SecretMask.None);
        string? because;
        try
        {
            var known = await secrets.ReadAsync(probe.Definition, limit.Token);
            if (known.Missing is [var missing, ..])
                return missing.Because;
            mask = new CallMask(known.Mask);
            because = await CallAsync(probe, known.Values, mask, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            because = $"no answer within {Duration.Write(probe.Timeout)}";
        }
        // Whatever breaks a look: a probe that cannot look is one that fails, or nobody would hear of it.
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            because = fault.Message;
        }

        because = because is null ? null : mask.Now.Apply(because);
        return because is { Length: > MostSaid } ? because[..MostSaid] + "…" : because;
    }

    private async Task<string?> CallAsync(Probe probe, IReadOnlyDictionary<string, string?> values, CallMask mask, CancellationToken cancel)
    {
        var inputs = new MapValue([.. values.Select(value => KeyValuePair.Create(value.Key, (object?)value.Value))]);
        var with = probe.Step.Uses!.With.ToJson(new Scope(name => name is "inputs" ? inputs : null)).Json;
        var call = new ActionCall($"probe/{probe.Name}", probe.Step.Id, "", null, with, StepEffect.Read, null, 1, _ => { })
        {
            Deadline = time.GetUtcNow() + probe.Timeout,
            Secrets = mask,
        };
        var result = await definitions.Actions[probe.Step.Uses.Action].RunAsync(call, cancel);
        var answer = result is ActionResult.Succeeded { Result: var came } ? came : (result as ActionResult.Failed)?.Result;
        // As in a run: `expect: result.status == 401` means just that.
        if (
            probe.Step.Expect is { } expect
            && answer is { } seen
            && (result is not ActionResult.Failed refused || RefusedAnswer.To(expect, refused))
        )
            return expect.Holds(new Scope(name => name is "result" ? KeptValues.AsItCame(seen, result.Unread) : null))
                ? null
                : $"'{expect.Text}' does not hold: {seen}";
        if (result is ActionResult.Failed failed)
            return failed.Because;
        // What looks whether something is there answers that it is not; nobody should have to write `expect: result.ok` for that.
        return
            answer is { ValueKind: JsonValueKind.Object } said
            && said.TryGetProperty("ok", out var ok)
            && ok.ValueKind is JsonValueKind.False
            ? Outcomes.Because(said) ?? said.ToString()
            : null;
    }

    /// <returns>The row, told.</returns>
    private async Task<ProbeRow> TellAsync(
        IReadOnlyDictionary<string, string> labels,
        string summary,
        ProbeRow row,
        CancellationToken cancel
    )
    {
        if (row.State.Told)
            return row;
        var now = time.GetUtcNow();
        var alert = new ProbeAlert(
            row.Name,
            row.State.Firing,
            row.State.FailingSince ?? now,
            new Dictionary<string, string>(labels, StringComparer.Ordinal),
            new Dictionary<string, string> { ["summary"] = summary, ["description"] = row.Said },
            row.State.Firing ? null : now
        );
        var source = sources.Find(Probe.Source) ?? throw new InvalidOperationException("The bot has no source for its own alerts.");
        var (_, problems) = await intake.TakeAsync(ids.NewId(), source, null, "{}"u8.ToArray(), alert.Write(), "the bot's own probe");
        if (problems is [var first, ..])
            throw new InvalidOperationException($"The bot cannot read its own alert: {first.Field}: {first.Fix}");
        var told = row with { State = row.State.AsTold() };
        await table.SaveAsync(told, cancel);
        return told;
    }
}
