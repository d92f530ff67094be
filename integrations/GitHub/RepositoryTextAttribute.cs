using Runbooks.Actions;

namespace Integrations.GitHub;

/// <summary>A repository as <c>owner/name</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class RepositoryTextAttribute : TextFormAttribute
{
    public override string Pattern => "^[-A-Za-z0-9_.]+/[-A-Za-z0-9_.]+$";

    protected override string Form => "owner/name, of letters, digits, '-', '_' and '.'";

    protected override bool Fits(string text) => RepositoryName.Parse(text) is not null;
}
