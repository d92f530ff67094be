using System.Text.Json;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Paging;
using CsCheck;

namespace Tests.Incidents;

/// <summary>What holds for every incident after any sequence of commands and alerts. Seeds are printed by CsCheck when one fails.</summary>
public sealed class IncidentProperties
{
    private const int Incidents = 4;
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly PageTarget Anna = new("user", "anna");

    private static readonly string[] Words = ["", "  ", "anna", "ben", "It is back", "Ünï 🚒", new string('x', 12_000)];
    private static readonly Gen<string> Word = Gen.Int[0, Words.Length - 1].Select(i => Words[i]);
    private static readonly Gen<DateTimeOffset> Moment = Gen.Int[-600, 600].Select(minutes => Noon.AddMinutes(minutes));
    private static readonly Gen<IncidentState> State = Gen.Enum<IncidentState>();
    private static readonly Gen<int> Number = Gen.Int[1, Incidents + 1];

    private static readonly Gen<IncidentCommand> Command = Gen.OneOf<IncidentCommand>(
        Gen.Const<IncidentCommand>(new IncidentCommand.Acknowledge()),
        State.Select(IncidentCommand (to) => new IncidentCommand.Move(to)),
        Word.Select(IncidentCommand (reason) => new IncidentCommand.Reopen(reason)),
        Number.Select(IncidentCommand (into) => new IncidentCommand.Merge(into)),
        Gen.Enum<Severity>().Select(IncidentCommand (to) => new IncidentCommand.ChangeSeverity(to)),
        Word.Select(IncidentCommand (to) => new IncidentCommand.Rename(to)),
        Moment.Select(IncidentCommand (to) => new IncidentCommand.MoveImpactStart(to)),
        Gen.Select(Gen.Enum<IncidentRole>(), Word, IncidentCommand (role, person) => new IncidentCommand.AssignRole(role, person)),
        Gen.Enum<IncidentRole>().Select(IncidentCommand (role) => new IncidentCommand.ReleaseRole(role)),
        Gen.Select(Word, Moment, IncidentCommand (text, at) => new IncidentCommand.AddNote(text, at)),
        Word.Select(IncidentCommand (text) => new IncidentCommand.AddTask(text)),
        Gen.Int[0, 4].Select(IncidentCommand (task) => new IncidentCommand.FinishTask(task)),
        Gen.Select(Gen.Int[0, 4], Word, IncidentCommand (task, person) => new IncidentCommand.AssignTask(task, person)),
        Gen.Const<IncidentCommand>(new IncidentCommand.Call(Anna)),
        Word.Select(IncidentCommand (text) => new IncidentCommand.PostUpdate(text)),
        Word.Select(IncidentCommand (text) => new IncidentCommand.PostMessage(text)),
        Gen.Bool.Select(IncidentCommand (final) => new IncidentCommand.Record(new IncidentFact.PageFailed(Anna, "p", 1, "no", final))),
        Gen.Const<IncidentCommand>(new IncidentCommand.Record(new IncidentFact.PageSent(Anna, "p", 1)))
    );

    private static readonly Gen<Step> AnyStep = Gen.OneOf(
        Gen.Select(Number, Command, (number, command) => new Step(number, command, null)),
        Gen.Select(
            Number,
            Gen.Int[0, 3],
            Gen.Int[0, 3],
            Gen.Int[0, 2],
            (number, fired, resolved, hidden) => new Step(number, null, Joined(fired, resolved, hidden))
        )
    );

    [Fact]
    public void After_any_commands_every_incident_makes_sense() =>
        AnyStep
            .Array[0, 60]
            .Sample(
                steps =>
                {
                    var world = new World();
                    foreach (var step in steps)
                    {
                        world.Take(step);
                        world.Check();
                    }

                    world.CheckReplay();
                },
                iter: 2_000
            );

    [Fact]
    public void A_fact_that_nobody_knows_is_kept_and_stops_nothing()
    {
        FactFamilies.Catalog.TryRead("incident.teleported", """{"to":"mars"}""", out _).ShouldBeFalse();
        FactFamilies
            .Catalog.TryRead("incident.renamed", """{"from":1}""", out _)
            .ShouldBeFalse("a shape of another version is no crash either");
    }

    private static IncidentFact.AlertsJoined Joined(int fired, int resolved, int hidden) =>
        new(
            "d",
            "am",
            "g",
            [.. Enumerable.Range(0, fired).Select(i => $"f{i}")],
            [.. Enumerable.Range(0, resolved).Select(i => $"r{i}")],
            [],
            hidden
        );

    private sealed record Step(int Incident, IncidentCommand? Command, IncidentFact.AlertsJoined? Alerts);

    /// <summary>Four incidents, a clock that moves on, and all facts as they would be on the log.</summary>
    private sealed class World
    {
        private readonly Dictionary<int, Incident> states = [];
        private readonly Dictionary<int, List<(IncidentFact Fact, DateTimeOffset At)>> log = [];
        private DateTimeOffset now = Noon;

        public World()
        {
            for (var number = 1; number <= Incidents; number++)
            {
                var policy = new IncidentPolicy(number % 2 == 0, TimeSpan.FromMinutes(5), [Anna], TimeSpan.FromMinutes(1), 3, null, 2);
                var declared = IncidentDecisions.Declare(number, new Declaration("Fire", Policy: policy), now);
                Append(number, ((Decision.Accepted)declared).Facts);
            }
        }

        public void Take(Step step)
        {
            now += TimeSpan.FromMinutes(1);
            if (!states.TryGetValue(step.Incident, out var state))
                return;
            if (step.Alerts is { } joined)
            {
                var resolved = joined.Resolved.Take(state.Firing).ToList();
                Append(step.Incident, [.. IncidentDecisions.OnAlerts(state, joined with { Resolved = resolved })]);
                return;
            }

            var before = state.State;
            if (step.Command is IncidentCommand.Merge merge)
                Merge(state, merge);
            else
                Append(step.Incident, Facts(IncidentDecisions.Decide(state, step.Command!, now)));
            Legal(before, states[step.Incident].State).ShouldBeTrue($"{before} → {states[step.Incident].State} by {step.Command}");
            if (
                step.Command
                is IncidentCommand.Move
                    or IncidentCommand.Acknowledge
                    or IncidentCommand.MoveImpactStart
                    or IncidentCommand.AssignRole
                    or IncidentCommand.ChangeSeverity
            )
                Facts(IncidentDecisions.Decide(states[step.Incident], step.Command, now)).ShouldBeEmpty("a double click is no second fact");
        }

        public void Check()
        {
            foreach (var state in states.Values)
            {
                state.Version.ShouldBe(log[state.Number].Count);
                state.Firing.ShouldBeGreaterThanOrEqualTo(0);
                state.ImpactStartedAt.ShouldBeLessThanOrEqualTo(now);
                if (state.State is IncidentState.Resolved or IncidentState.Closed)
                    state.ResolvedAt.ShouldNotBeNull();
                foreach (var end in new[] { state.ResolvedAt, state.FirstResolvedAt, state.MitigatedAt })
                    (end ?? DateTimeOffset.MaxValue).ShouldBeGreaterThanOrEqualTo(state.ImpactStartedAt);
                if (state.FirstResolvedAt is { } first)
                    (state.MitigatedAt <= first).ShouldBeTrue();
                (state.State is IncidentState.Merged).ShouldBe(state.MergedInto is not null);
                IncidentDecisions.Survivor(state.Number, states.GetValueOrDefault).ShouldNotBeNull().MergedInto.ShouldBeNull();
                if (state.Policy.ResolveByItself && state.IsDamped)
                    state.Flaps.ShouldBeGreaterThanOrEqualTo(state.Policy.FlapLimit);
            }
        }

        public void CheckReplay()
        {
            foreach (var (number, facts) in log)
            {
                Incident? replayed = null;
                foreach (var (fact, at) in facts)
                {
                    var name = FactFamilies.Catalog.NameOf(fact);
                    var data = System.Text.Encoding.UTF8.GetString(FactCatalog.Write(fact));
                    FactFamilies.Catalog.TryRead(name, data, out var read).ShouldBeTrue(name);
                    replayed = Incident.Evolve(replayed, (IncidentFact)read!, at, Actor.User("anna"));
                }

                Written(replayed!).ShouldBe(Written(states[number]));
            }
        }

        private static string Written(Incident state) => JsonSerializer.Serialize(state, FactJson.Options);

        private void Merge(Incident state, IncidentCommand.Merge merge)
        {
            if (!states.TryGetValue(merge.Into, out var target))
                return;
            var leaving = IncidentDecisions.Decide(state, merge, now);
            var absorbing = IncidentDecisions.Decide(target, new IncidentCommand.Absorb(state), now);
            if (leaving is not Decision.Accepted || absorbing is not Decision.Accepted)
                return;
            var (firing, hidden) = (state.Firing + target.Firing, state.HiddenByGroup.Keys.Union(target.HiddenByGroup.Keys).Order());
            Append(merge.Into, Facts(absorbing));
            Append(state.Number, Facts(leaving));
            states[merge.Into].Firing.ShouldBe(firing);
            states[merge.Into].HiddenByGroup.Keys.Order().ShouldBe(hidden);
        }

        private void Append(int number, IReadOnlyList<IncidentFact> facts)
        {
            foreach (var fact in facts)
            {
                // What the store keeps is cut to microseconds; so is the clock here.
                var at = fact.HappenedAt ?? now;
                states[number] = Incident.Evolve(states.GetValueOrDefault(number), fact, at, Actor.User("anna"));
                if (!log.TryGetValue(number, out var written))
                    log[number] = written = [];
                written.Add((fact, at));
            }
        }

        private static IReadOnlyList<IncidentFact> Facts(Decision decision)
        {
            if (decision is Decision.Accepted accepted)
            {
                accepted.Reply.ShouldNotBeNullOrWhiteSpace();
                return accepted.Facts;
            }

            decision.ShouldBeOfType<Decision.Rejected>().Why.Sentence.Length.ShouldBeInRange(15, 500);
            return [];
        }

        private static bool Legal(IncidentState from, IncidentState to) =>
            from == to
            || (from, to) switch
            {
                (IncidentState.Resolved, IncidentState.Closed) => true,
                (IncidentState.Resolved or IncidentState.Closed, IncidentState.Investigating) => true,
                (> IncidentState.Monitoring, _) => false,
                (not IncidentState.Triage, IncidentState.Declined) => false,
                (_, IncidentState.Closed) => false,
                _ => true,
            };
    }
}
