using Bot.Incidents;
using Bot.Log;

namespace Tests.Incidents;

public sealed class IncidentDecisionsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_declaration_without_a_title_is_refused_and_says_how()
    {
        var decision = IncidentDecisions.Declare(1, new Declaration("  "), Noon);

        decision.ShouldBeOfType<Decision.Rejected>().Why.Sentence.ShouldContain("/incident declare");
    }

    [Fact]
    public void An_impact_that_starts_in_the_future_is_refused() =>
        IncidentDecisions
            .Declare(1, new Declaration("Down", ImpactStartedAt: Noon.AddMinutes(1)), Noon)
            .ShouldBeOfType<Decision.Rejected>()
            .Why.ShouldBeOfType<Rejection.Invalid>();

    [Fact]
    public void Only_the_first_acknowledgement_is_a_fact()
    {
        var incident = Apply(Declared(), new IncidentCommand.Acknowledge(), Actor.User("anna"));

        incident.AcknowledgedBy.ShouldBe("anna");
        Accepted(incident, new IncidentCommand.Acknowledge()).Facts.ShouldBeEmpty();
    }

    [Fact]
    public void Skipping_monitoring_counts_as_mitigated_when_resolved()
    {
        var incident = Apply(Declared(), new IncidentCommand.Move(IncidentState.Resolved));

        incident.MitigatedAt.ShouldBe(incident.ResolvedAt);
        incident.IsOpen.ShouldBeFalse();
    }

    [Theory]
    [InlineData(IncidentState.Closed)]
    [InlineData(IncidentState.Merged)]
    public void An_open_incident_cannot_jump_to(object state) =>
        IncidentDecisions
            .Decide(Declared(), new IncidentCommand.Move((IncidentState)state), Noon)
            .ShouldBeOfType<Decision.Rejected>()
            .Why.ShouldBeOfType<Rejection.NotFromHere>();

    [Fact]
    public void A_reopened_incident_keeps_its_first_resolve()
    {
        var resolved = Apply(Declared(), new IncidentCommand.Move(IncidentState.Resolved));
        var again = Apply(resolved, new IncidentCommand.Reopen("it is back"));

        again.State.ShouldBe(IncidentState.Investigating);
        again.ResolvedAt.ShouldBeNull();
        again.FirstResolvedAt.ShouldBe(resolved.ResolvedAt);
    }

    [Fact]
    public void A_room_is_lost_once_and_only_while_the_incident_is_open()
    {
        var lose = new IncidentCommand.LoseRoom("slack", "C1", "archived");
        var roomy = Incident.Evolve(Declared(), new IncidentFact.RoomOpened("slack", "C1"), Noon, Actor.System);
        var lost = Apply(roomy, lose);

        lost.Rooms.ShouldBeEmpty();
        Accepted(lost, lose).Facts.ShouldBeEmpty();
        Accepted(Apply(roomy, new IncidentCommand.Move(IncidentState.Resolved)), lose).Facts.ShouldBeEmpty();
        // One of before, after it has got another.
        Accepted(roomy, lose with { Room = "C0" }).Facts.ShouldBeEmpty();
    }

    [Fact]
    public void A_room_that_everybody_can_read_is_lost_to_a_private_incident_alone_also_to_one_that_is_over()
    {
        var lose = new IncidentCommand.LoseRoom("slack", "C1", "made public") { IsExposed = true };
        Incident Roomy(Incident incident) => Incident.Evolve(incident, new IncidentFact.RoomOpened("slack", "C1"), Noon, Actor.System);
        Accepted(Roomy(Declared()), lose).Facts.ShouldBeEmpty();

        var secret = Roomy(Declared() with { Private = true });
        var lost = Apply(Apply(secret, new IncidentCommand.Move(IncidentState.Resolved)), lose);
        lost.Rooms.ShouldBeEmpty();
        lost.ExposedIn("slack").ShouldBe(["C1"]);
        Accepted(lost, lose).Facts.ShouldBeEmpty();
        // Private again, and people take it again.
        Roomy(lost).ExposedIn("slack").ShouldBeEmpty();
    }

    [Fact]
    public void A_room_that_is_refused_is_said_once_for_each_reason_and_not_any_more_once_there_is_one()
    {
        var refused = Apply(Declared(), new IncidentCommand.RefuseRoom("slack", "all names are taken"));
        Accepted(refused, new IncidentCommand.RefuseRoom("slack", "all names are taken")).Facts.ShouldBeEmpty();
        Apply(refused, new IncidentCommand.RefuseRoom("slack", "not allowed")).RoomTrouble.ShouldBe("No channel in slack: not allowed");

        var taken = Apply(refused, new IncidentCommand.TakeRoom("slack", "C1"));
        taken.RoomTrouble.ShouldBeNull();
        IncidentDecisions
            .Decide(taken, new IncidentCommand.TakeRoom("slack", "C2"), Noon)
            .ShouldBeOfType<Decision.Rejected>()
            .Why.Sentence.ShouldContain("has a channel in slack already");
    }

    [Fact]
    public void A_hand_over_names_both_commanders_in_one_fact()
    {
        var led = Apply(Declared(), new IncidentCommand.AssignRole(IncidentRole.Commander, "anna"));

        Accepted(led, new IncidentCommand.AssignRole(IncidentRole.Commander, "ben"))
            .Facts.ShouldHaveSingleItem()
            .ShouldBe(new IncidentFact.RoleAssigned(IncidentRole.Commander, "ben", "anna"));
    }

    [Fact]
    public void The_last_alert_to_resolve_resolves_an_incident_whose_route_says_so()
    {
        var policy = IncidentPolicy.ByHand with { ResolveByItself = true };
        var firing = Join(Declared(policy), fired: ["a", "b"], resolved: []);
        var half = Join(firing, fired: [], resolved: ["a"]);
        var done = Join(half, fired: [], resolved: ["b"]);

        half.IsOpen.ShouldBeTrue();
        done.State.ShouldBe(IncidentState.Resolved);
    }

    [Fact]
    public void Hidden_members_of_a_truncated_group_keep_an_incident_open()
    {
        var policy = IncidentPolicy.ByHand with { ResolveByItself = true };
        var firing = Join(Declared(policy), fired: ["a"], resolved: [], hidden: 3);
        var listedAreGone = Join(firing, fired: [], resolved: ["a"], hidden: 3);

        listedAreGone.IsOpen.ShouldBeTrue();
    }

    private static Incident Declared(IncidentPolicy? policy = null)
    {
        var accepted = (Decision.Accepted)IncidentDecisions.Declare(7, new Declaration("Checkout is down", Policy: policy), Noon);
        return accepted.Facts.Aggregate((Incident?)null, (state, fact) => Incident.Evolve(state, fact, Noon, Actor.System))!;
    }

    private static Decision.Accepted Accepted(Incident incident, IncidentCommand command) =>
        IncidentDecisions.Decide(incident, command, Noon.AddMinutes(5)).ShouldBeOfType<Decision.Accepted>();

    private static Incident Apply(Incident incident, IncidentCommand command, Actor actor = default) =>
        Accepted(incident, command).Facts.Aggregate(incident, (state, fact) => Incident.Evolve(state, fact, Noon.AddMinutes(5), actor));

    private static Incident Join(Incident incident, string[] fired, string[] resolved, int hidden = 0) =>
        IncidentDecisions
            .OnAlerts(incident, new IncidentFact.AlertsJoined("d", "am", "g", fired, resolved, [], hidden))
            .Aggregate(incident, (state, fact) => Incident.Evolve(state, fact, Noon, Actor.Source("am")));
}
