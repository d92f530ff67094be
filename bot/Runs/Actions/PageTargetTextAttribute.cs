using Bot.Paging;
using Runbooks.Actions;

namespace Bot.Runs.Actions;

/// <summary>Whom to call.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class PageTargetTextAttribute : TextFormAttribute
{
    public override string Pattern => "^((user|group|webhook):.+|role:(viewer|responder|approver|admin))$";

    protected override string Form => "one as user:anna, group:oncall, role:responder or webhook:NAME";

    protected override bool Fits(string text) => PageTarget.Parse(text) is not null;
}
