using Bot.Access;
using Bot.Commands;

namespace Tests.Acceptance;

/// <summary>What the bot says when something may not be, or can't be, done: why, and what to do instead.</summary>
public sealed class RefusalStories : Scenario
{
    [Fact]
    public async Task Who_may_only_look_is_told_which_role_it_takes_and_who_has_it()
    {
        foreach (var command in Commands.Where(command => command.Needs > Role.Viewer))
        {
            var who = command.Needs is Role.Approver ? "approver. Ask olga." : "responder. Ask anna, bruno, olga.";
            await Vera.IsRefused($"/incident {command.Word}", "This needs the role " + who, channel: null);
        }
    }

    [Fact]
    public async Task A_slip_is_told_with_what_to_do_instead()
    {
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.IsRefused("/incident acc", "There is no command 'acc'. Did you mean /incident ack?");
        await Anna.IsRefused("/incident frobnicate", "There is no command 'frobnicate'. See /incident help");
        await Anna.IsRefused("/status", "There is no command /status. All of mine begin with /incident; see /incident help");
        await Anna.IsRefused("/incident severity 9", "severity '9' is not valid. It is one of 1, 2, 3, 4 or unset.");
        await Anna.IsRefused(
            "/incident lead @brun",
            "person 'brun' is not valid. There is no such user. Did you mean 'bruno'? The page /people has them all."
        );
        await Anna.IsRefused(
            "/incident role cook me",
            "role 'cook' is not valid. It is one of commander, deputy, ops-lead, comms-lead, scribe, sme."
        );
        await Anna.IsRefused("/incident note it was so --at yesterday", "at 'yesterday' is not valid. " + TypedWords.TimeHint);
        await Anna.IsRefused(
            "/incident impact-start 2026-11-24T23:00:00Z",
            "time '2026-11-24T23:00:00.0000000+00:00' is not valid. It lies in the future."
        );
        await Anna.IsRefused("/incident task done 7", "task '7' is not valid. inc-1 has no tasks.");
        await Anna.IsRefused("/incident merge inc-99", "There is no incident inc-99.");
        await Anna.IsRefused("/incident merge inc-1", "into 'inc-1' is not valid. An incident is merged into another one.");
        await Anna.IsRefused(
            "/incident page everybody:now",
            "target 'everybody:now' is not valid. Name @anna, user:anna, group:oncall, role:responder or webhook:NAME."
        );
        await Anna.IsRefused("/incident page group:dba", "target 'group:dba' is not valid. Nobody is in the group dba.");
        await Anna.IsRefused("/incident close", "inc-1 is triage; only a resolved incident is closed. Resolve it first: /incident resolve");
        await Anna.IsRefused("/incident run", "/incident run RUNBOOK [KEY=VALUE …] | --ask RUNBOOK");
        await Anna.IsRefused("/incident run fix-it", "There is no runbook 'fix-it'. There are: .");
        await Anna.IsRefused("/incident stop", "Name the run: /incident stop RUN REASON");
        await Anna.IsRefused(
            "/incident decide",
            "Write: /incident decide RUN [STEP] happened|run-again|did-not-happen|skip|stop|stop-and-undo|retry|done-by-hand|release|answer|change-inputs [--hash HASH] [--reason TEXT] [--answers JSON] [--NAME ANSWER …]"
        );
    }

    [Fact]
    public async Task A_command_of_a_channel_asks_for_one_or_takes_the_name()
    {
        await Anna.Types("/incident declare Mail is stuck", channel: null);
        await Anna.IsRefused(
            "/incident ack",
            "/incident ack belongs into an incident's channel. Go there, or name it: /incident ack inc-1",
            channel: null
        );
        await Anna.Types("/incident ack inc-1", channel: null);
        await Channel("inc-1").Shows("acknowledgedBy", "anna");
        await Anna.IsRefused(
            "hello?",
            "Messages belong into an incident's channel. Commands begin with /incident; see /incident help",
            channel: null
        );
    }

    [Fact]
    public async Task Every_command_is_in_the_help_with_its_own_page()
    {
        var help = await Vera.Types("/incident help", channel: null);
        foreach (var command in Commands)
        {
            var own = await Vera.Types("/incident help " + command.Word, channel: null);
            own.ShouldStartWith("/incident " + command.Word);
            help.ShouldContain(own);
        }
    }

    private IReadOnlyList<IChatCommand> Commands => Stage.Bot.Get<CommandSet>().All;
}
