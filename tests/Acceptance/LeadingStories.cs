namespace Tests.Acceptance;

public sealed class LeadingStories : Scenario
{
    [Fact]
    public async Task From_the_declaration_to_the_postmortem()
    {
        (await Anna.Types("/incident declare Checkout is slow --severity 3 --service shop --impact-start -10m", channel: null)).ShouldBe(
            "Declared inc-1: Checkout is slow. Its channel is inc-1."
        );
        await Anna.Types("/incident lead me");
        await Anna.Types("/incident investigate");
        await Anna.Types("looking at the database");
        await Bruno.Types("/incident say so am I");
        await Anna.Types("/incident severity 1 --reason nobody can pay");
        await Anna.Types("/incident identify a lock on the orders");
        await Anna.Types("/incident update we know the cause");
        await Anna.Types("/incident monitor the lock is gone");
        await Anna.Types("/incident resolve");

        await Channel("inc-1").Tells("anna is commander");
        await Channel("inc-1").Tells("triage → investigating");
        await Channel("inc-1").Tells("looking at the database");
        await Channel("inc-1").Tells("so am I");
        await Channel("inc-1").Tells("Severity sev3 → sev1: nobody can pay");
        await Channel("inc-1").Tells("investigating → identified: a lock on the orders");
        await Channel("inc-1").Tells("Update: we know the cause");
        await Channel("inc-1").Tells("identified → monitoring: the lock is gone");
        await Channel("inc-1").Shows("state", "resolved");
        (await Vera.Types("/incident postmortem")).ShouldContain("# Postmortem of inc-1: Checkout is slow");

        await Anna.Types("/incident close");
        await Channel("inc-1").Shows("state", "closed");
    }

    [Fact]
    public async Task The_lead_is_handed_over_and_given_back()
    {
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.Types("/incident commander @bruno");
        await Channel("inc-1").Shows("commander", "bruno");
        await Bruno.Types("/incident ic to anna");
        await Channel("inc-1").Tells("anna took over as commander from bruno");
        await Anna.Types("/incident lead release");
        await Channel("inc-1").Shows("commander", "");
        await Bruno.Presses("Take the lead", "inc-1");
        await Channel("inc-1").Shows("commander", "bruno");
    }

    [Fact]
    public async Task Everybody_has_a_role()
    {
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.Types("/incident role scribe @bruno");
        await Anna.Types("/incident role comms-lead me");
        await Channel("inc-1").Tells("bruno is scribe");
        await Channel("inc-1").Tells("anna is comms-lead");
        await Anna.Types("/incident role scribe release");
        await Channel("inc-1").Tells("bruno is no longer scribe");
    }

    [Fact]
    public async Task A_role_is_given_and_somebody_called_by_a_form_each()
    {
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.Presses("Role", "inc-1", ("role", "scribe"), ("person", "bruno"));
        await Channel("inc-1").Tells("bruno is scribe");
        await Anna.Presses("Role", "inc-1", ("role", "deputy"));
        await Channel("inc-1").Tells("anna is deputy");
        await Anna.Presses("Call", "inc-1", ("person", "bruno"), ("reason", "the relay again"));
        await Channel("inc-1").Tells("Asked to call user:bruno: the relay again");
    }

    [Fact]
    public async Task A_note_stands_at_the_time_when_it_happened()
    {
        await Passes(Minutes(5));
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.Types("/incident note a deploy went out --at 11:40");

        await Channel("inc-1").Tells("Note: a deploy went out", at: "2026-11-24T11:40:00");
    }

    [Fact]
    public async Task Tasks_are_given_done_and_listed()
    {
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.Types("/incident task drain the queue --for @bruno");
        await Anna.Types("/incident task tell the customers");
        await Anna.Types("/incident task assign 2 me");
        await Bruno.Types("/incident task done 1");

        (await Anna.Types("/incident task list")).ShouldBe("1. [x] drain the queue (@bruno)\n2. [ ] tell the customers (@anna)");
        await Channel("inc-1").Tells("Task 1: drain the queue (for bruno)");
        await Channel("inc-1").Tells("Task 1 is done");
        await Channel("inc-1").Tells("Task 2 is anna's");
    }

    [Fact]
    public async Task Two_incidents_become_one()
    {
        await Alert("BackendDown").Fires();
        await Phone.Rings("inc-1");
        await Alert("QueueDepth").Fires();
        await Phone.Rings("inc-2");
        await Anna.Types("/incident merge inc-1 --reason the same cause", "inc-2");

        await Channel("inc-2").Shows("state", "merged");
        await Channel("inc-2").Shows("mergedInto", "inc-1");
        await Channel("inc-1").Shows("firing", "2");
        await Channel("inc-1").Tells("inc-2 was merged into this one, with 1 alert (1 firing)");
    }

    [Fact]
    public async Task A_resolved_incident_is_opened_again_by_hand()
    {
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.Types("/incident resolve");
        await Bruno.Presses("Re-open", "inc-1", ("reason", "it is back"));

        await Channel("inc-1").Shows("state", "investigating");
        await Channel("inc-1").Tells("Re-opened: it is back");
    }

    [Fact]
    public async Task What_is_no_incident_is_declined_or_cancelled()
    {
        await Anna.Types("/incident declare A noisy probe", channel: null);
        await Anna.Types("/incident decline only the probe");
        await Channel("inc-1").Shows("state", "declined");

        await Anna.Types("/incident declare A test of mine", channel: null);
        await Anna.Types("/incident cancel done with it", "inc-2");
        await Channel("inc-2").Shows("state", "cancelled");
        await Anna.IsRefused("/incident investigate", "inc-2 is cancelled; that is final.", "inc-2");
    }

    [Fact]
    public async Task It_gets_a_better_name_and_a_truer_beginning()
    {
        await Anna.Types("/incident declare Something", channel: null);
        await Anna.Types("/incident rename Payments fail");
        await Anna.Types("/incident impact-start 11:30");

        await Channel("inc-1").Shows("title", "Payments fail");
        await Channel("inc-1").Tells("Renamed from “Something” to “Payments fail”");
        await Channel("inc-1").Tells("Impact start moved from 2026-11-24 12:00:00 UTC to 2026-11-24 11:30:00 UTC");
    }

    [Fact]
    public async Task Somebody_is_called_by_hand()
    {
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.Types("/incident page webhook:phone we need you");

        await Phone.Rings("inc-1");
        await Channel("inc-1").Tells("Asked to call webhook:phone: we need you");
    }

    [Fact]
    public async Task It_shows_at_a_glance_how_things_stand()
    {
        (await Vera.Types("/incident", channel: null)).ShouldBe("No incident is open.");
        await Anna.Types("/incident declare Mail is stuck --severity 2", channel: null);
        const string line = "inc-1 · sev2 · triage · NO COMMANDER · Mail is stuck";

        (await Vera.Types("/incident list", channel: null)).ShouldBe(line);
        (await Vera.Types("/incident status")).ShouldBe(line);
        (await Vera.Types("/incident")).ShouldBe("inc-1 is triage.");
        (await Vera.Types("/incident timeline")).ShouldBe("12:00:00 user:anna: Declared: Mail is stuck (sev2)");
        (await Anna.Types("/incident triage")).ShouldBe("inc-1 is triage already.");
    }
}
