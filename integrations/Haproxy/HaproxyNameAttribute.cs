using Runbooks.Actions;

namespace Integrations.Haproxy;

/// <summary>A name that goes into a command of words: one with a blank or a line break in it would be another command.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class HaproxyNameAttribute : TextFormAttribute
{
    public override string Pattern => "^[-A-Za-z0-9_.:]+$";

    protected override string Form => "a name as HAProxy has it, of letters, digits, '-', '_', '.' and ':'";

    protected override bool Fits(string text) =>
        text.Length > 0 && text.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.' or ':');
}
