using Bot.Incidents;
using Bot.Log;

namespace Tests.Incidents;

public sealed class ReminderTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly ReminderOptions Options = ReminderOptions.Usual;

    [Fact]
    public void Without_a_commander_one_is_wanted_after_ten_minutes_and_again()
    {
        var incident = Declared(Severity.Sev3);
        Reminders.Due(incident, Options, Noon.AddMinutes(9)).ShouldBeEmpty();
        Reminders.Due(incident, Options, Noon.AddMinutes(10)).ShouldBe([ReminderKind.NoCommander]);
        incident = After(incident, new IncidentFact.Reminded(ReminderKind.NoCommander), 10);
        Reminders.Due(incident, Options, Noon.AddMinutes(19)).ShouldBeEmpty();
        Reminders.Due(incident, Options, Noon.AddMinutes(20)).ShouldBe([ReminderKind.NoCommander]);
        incident = After(incident, new IncidentFact.RoleAssigned(IncidentRole.Commander, "anna", null), 20);
        Reminders.Due(incident, Options, Noon.AddMinutes(60)).ShouldBeEmpty();
    }

    [Fact]
    public void Updates_are_wanted_of_what_is_bad_since_the_last_one()
    {
        var led = new IncidentFact.RoleAssigned(IncidentRole.Commander, "anna", null);
        Reminders.Due(After(Declared(Severity.Sev3), led, 0), Options, Noon.AddHours(3)).ShouldBeEmpty();
        var bad = After(Declared(Severity.Sev1), led, 0);
        Reminders.Due(bad, Options, Noon.AddMinutes(30)).ShouldBe([ReminderKind.NoUpdate]);
        bad = After(bad, new IncidentFact.UpdatePosted("we know"), 25);
        Reminders.Due(bad, Options, Noon.AddMinutes(54)).ShouldBeEmpty();
        Reminders.Next(bad, Options, Noon.AddMinutes(54)).ShouldBe(Noon.AddMinutes(55));
    }

    [Fact]
    public void Snoozed_or_over_nobody_is_reminded()
    {
        var incident = After(Declared(Severity.Sev1), new IncidentFact.RemindersSnoozed(Noon.AddHours(2)), 1);
        Reminders.Due(incident, Options, Noon.AddMinutes(119)).ShouldBeEmpty();
        Reminders.Due(incident, Options, Noon.AddHours(2)).ShouldBe([ReminderKind.NoCommander, ReminderKind.NoUpdate]);
        var over = After(incident, new IncidentFact.Moved(IncidentState.Triage, IncidentState.Resolved, null), 130);
        Reminders.Due(over, Options, Noon.AddDays(3)).ShouldBeEmpty();
        Reminders.Next(over, Options, Noon.AddDays(3)).ShouldBeNull();
    }

    [Fact]
    public void Who_gives_the_lead_back_leaves_the_others_their_time()
    {
        var led = After(Declared(Severity.Sev3), new IncidentFact.RoleAssigned(IncidentRole.Commander, "anna", null), 0);
        var left = After(led, new IncidentFact.RoleReleased(IncidentRole.Commander, "anna"), 60);
        Reminders.Next(left, Options, Noon.AddMinutes(60)).ShouldBe(Noon.AddMinutes(70));
        left.ReminderChanges.ShouldBe(1);
    }

    [Fact]
    public void One_that_is_opened_again_begins_anew()
    {
        var over = After(Declared(Severity.Sev1), new IncidentFact.Moved(IncidentState.Triage, IncidentState.Resolved, null), 5);
        var again = After(over, new IncidentFact.Reopened(IncidentState.Triage, "it is back", false), 2000);
        Reminders.Due(again, Options, Noon.AddMinutes(2009)).ShouldBeEmpty();
        Reminders.Due(again, Options, Noon.AddMinutes(2010)).ShouldBe([ReminderKind.NoCommander]);
    }

    [Fact]
    public void What_is_set_to_nothing_is_never_reminded_of() =>
        Reminders
            .Due(Declared(Severity.Sev1), new ReminderOptions(default, default, TimeSpan.FromDays(1)), Noon.AddHours(23))
            .ShouldBeEmpty();

    private static Incident Declared(Severity severity) =>
        Incident.Evolve(
            null,
            new IncidentFact.Declared(1, "Mail is stuck", severity, IncidentKind.Real, null, false, Noon, IncidentPolicy.ByHand, null),
            Noon,
            Actor.User("anna")
        );

    private static Incident After(Incident incident, IncidentFact fact, int minutes) =>
        Incident.Evolve(incident, fact, Noon.AddMinutes(minutes), Actor.User("anna"));
}
