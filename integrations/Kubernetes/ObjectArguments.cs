using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Runbooks.Actions;

namespace Integrations.Kubernetes;

/// <summary>What kind of object an action is about: one of those that Kubernetes itself has, or a custom resource.</summary>
public abstract record ObjectArguments
{
    private const string ResourcePattern = @"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+/v[a-z0-9]+/[a-z0-9]+$";

    [Description("What it is, if it is no custom resource.")]
    public ObjectKind? Kind { get; init; }

    // A group without a dot is one of Kubernetes' own: there are the Secrets, at which nobody may look.
    [Untainted]
    [RegularExpression(ResourcePattern, ErrorMessage = "a custom resource as group/version/plural, as cert-manager.io/v1/certificates")]
    [Description("What it is, if it is a custom resource: `group/version/plural`, as `cert-manager.io/v1/certificates`.")]
    public string? Resource { get; init; }

    /// <summary>As <c>ingress shop/web</c>; of a kind that no namespace has, and of a custom resource that may be of such a kind, its name alone.</summary>
    internal static string Said(JsonElement with)
    {
        var kind = with.TextOf("kind") ?? with.TextOf("resource") ?? "object";
        var space = Kubernetes.Resource.IsOfCluster(kind)
            ? null
            : with.TextOf("namespace") ?? (with.TextOf("resource") is null ? "default" : null);
        return $"{kind} {(space is null ? "" : space + "/")}{with.TextOf("name")} {Workloads.Where(with)}";
    }
}
