using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Integrations.Kubernetes;

/// <summary>
/// Names as Kubernetes has them (DNS subdomains). The client puts them into paths as they are: <c>../secrets/db</c> would be another
/// object, and of a kind that nobody may look at.
/// </summary>
internal static partial class KubernetesNames
{
    private static readonly string[] Keys = ["name", "namespace", "node"];
    private static readonly RegularExpressionAttribute Resource = new(ObjectArguments.ResourcePattern);

    /// <returns>What is wrong with the first that is none.</returns>
    public static string? Misnamed(JsonElement with) =>
        Keys.Where(key => with.TextOf(key) is { } value && !Name().IsMatch(value))
            .Select(key =>
                $"'{key}' is '{with.TextOf(key)}'. Write a name as Kubernetes has it: lower-case letters, digits, '-' and '.', at most 253."
            )
            .FirstOrDefault()
        ?? (
            // To the API server it is another pod's: the step would say that this one was gone already.
            with.TextOf("uid")
                is { } uid
            && string.IsNullOrWhiteSpace(uid)
                ? "'uid' is empty. Give the UID as kubernetes/get@1 tells it: another pod may have that name by now."
                : null
        )
        ?? (
            with.TextOf("resource") is { } resource && !Resource.IsValid(resource)
                ? $"'resource' is '{resource}'. Write group/version/plural, as cert-manager.io/v1/certificates."
                : null
        );

    [GeneratedRegex(@"\A[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?\z", RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex Name();
}
