namespace Tests.Acceptance;

public sealed class AlertStories : Scenario
{
    [Fact]
    public async Task An_alert_opens_an_incident_and_somebody_is_called_until_somebody_acknowledges()
    {
        await Alert("BackendDown").Fires();

        await Channel("inc-1").Shows("state", "triage");
        await Channel("inc-1").Shows("severity", "sev1");
        await Channel("inc-1").Tells("1 alert fired: BackendDown");
        await Phone.Rings("inc-1", call: 1);
        await Passes(Minutes(4));
        Phone.IsSilent();
        await Passes(Minutes(1));
        await Phone.Rings("inc-1", call: 2);
        await Channel("inc-1").Tells("Called webhook:phone by webhook, call 2");

        await Phone.Acknowledges();
        await Channel("inc-1").Shows("acknowledgedBy", "webhook:phone");
        await Passes(Minutes(30));
        Phone.IsSilent();
    }

    [Fact]
    public async Task A_button_acknowledges_as_well_and_so_does_a_command()
    {
        await Alert("BackendDown").Fires();
        await Phone.Rings("inc-1");
        await Anna.Presses("Acknowledge", "inc-1");
        await Channel("inc-1").Shows("acknowledgedBy", "anna");

        await Alert("DiskFull").Fires();
        await Phone.Rings("inc-2");
        await Bruno.Types("/incident ack", "inc-2");
        await Channel("inc-2").Shows("acknowledgedBy", "bruno");

        await Passes(Minutes(30));
        Phone.IsSilent();
    }

    [Fact]
    public async Task The_same_alert_again_is_counted_and_calls_nobody_again()
    {
        var alert = Alert("BackendDown");
        await alert.Fires();
        await Phone.Rings("inc-1");
        await Anna.Types("/incident ack");

        await alert.FiresAgain();
        await alert.FiresAgain();

        await Channel("inc-1").Shows("alerts", "1");
        await Channel("inc-2").DoesNotExist();
        Phone.IsSilent();
    }

    [Fact]
    public async Task The_incident_resolves_when_its_alert_does_and_the_calls_end()
    {
        var alert = Alert("BackendDown");
        await alert.Fires();
        await Phone.Rings("inc-1");
        await alert.Resolves();

        await Channel("inc-1").Shows("state", "resolved");
        await Channel("inc-1").Tells("Resolved: all its alerts resolved");
        await Passes(Minutes(30));
        Phone.IsSilent();
    }

    [Fact]
    public async Task A_refire_inside_the_cool_down_opens_the_same_incident_again_and_calls_again()
    {
        var alert = Alert("BackendDown");
        await alert.Fires();
        await Phone.Rings("inc-1");
        await alert.Resolves();
        await Passes(Minutes(10));
        await alert.Fires();

        await Channel("inc-1").Shows("state", "investigating");
        await Channel("inc-1").Shows("flaps", "1");
        await Channel("inc-1").Tells("Re-opened by an alert: an alert fired again inside the cool-down");
        await Phone.Rings("inc-1");
        await Channel("inc-2").DoesNotExist();
    }

    [Fact]
    public async Task A_refire_after_the_cool_down_is_another_incident()
    {
        var alert = Alert("BackendDown");
        await alert.Fires();
        await Phone.Rings("inc-1");
        await alert.Resolves();
        await Passes(Minutes(31));
        await alert.Fires();

        await Phone.Rings("inc-2");
        await Channel("inc-1").Shows("state", "resolved");
        await Channel("inc-2").Shows("state", "triage");
    }
}
