using System.Text.RegularExpressions;
using Runbooks.Actions;

namespace Integrations.Kubernetes;

/// <summary>
/// A name as Kubernetes has it (a DNS subdomain). The client puts it into paths as it is: <c>../secrets/db</c> would be another object, and
/// of a kind that nobody may look at.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed partial class KubernetesNameAttribute : TextFormAttribute
{
    private const string Letters = "[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?";

    public override string Pattern => $"^{Letters}$";

    protected override string Form => "a name as Kubernetes has it, of at most 253 lower-case letters, digits, '-' and '.'";

    protected override bool Fits(string text) => Name().IsMatch(text);

    [GeneratedRegex($@"\A{Letters}\z", RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex Name();
}
