using System.Text.Json.Nodes;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>The judge of Kubernetes' bodies objects to what a real API server would drop or refuse.</summary>
public sealed class KubernetesBodyTests
{
    private const string Deployment = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";

    [Theory]
    [InlineData("""{"spec":{"paused":true,"template":{"metadata":{"annotations":{"any/thing":"x","gone":null}}}}}""")]
    [InlineData("""{"spec":{"template":{"spec":{"$setElementOrder/containers":[],"containers":[{"name":"web","$patch":"delete"}]}}}}""")]
    [InlineData("""[{"op":"test","path":"/spec/replicas","value":2},{"op":"replace","path":"/metadata/labels/a~1b","value":"x"}]""")]
    [InlineData("""[{"op":"add","path":"/spec/template/spec/containers/0/resources/limits/memory","value":"1Gi"}]""")]
    [InlineData("""{"spec":{"strategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":"25%"}}}}""")]
    public void It_takes(string patch) => KubernetesBodies.Problems(Deployment, "patch", JsonNode.Parse(patch)).ShouldBeEmpty();

    [Theory]
    [InlineData("""{"spec":{"pausd":true}}""", "/spec/pausd ")]
    [InlineData("""{"spec":{"replicas":"2"}}""", "/spec/replicas ")]
    [InlineData("""{"metadata":{"annotations":{"when":1}}}""", "/metadata/annotations/when ")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"nmae":"web"}]}}}}""", "/spec/template/spec/containers/0/nmae ")]
    [InlineData("""[{"op":"replace","path":"/spec/replica","value":2}]""", "/spec/replica ")]
    [InlineData("""[{"op":"set","path":"/spec/replicas","value":2}]""", "no operation 'set'")]
    public void It_objects_to(string patch, string where) =>
        KubernetesBodies.Problems(Deployment, "patch", JsonNode.Parse(patch)).ShouldContain(problem => problem.StartsWith(where));

    [Fact]
    public void A_body_stands_where_there_is_one()
    {
        KubernetesBodies.Problems(Deployment, "get", JsonNode.Parse("{}")).ShouldBe(["a body, and there is none"]);
        KubernetesBodies.Problems(Deployment, "patch", null).ShouldBe(["the body is missing"]);
        KubernetesBodies.Problems("/api/v1/namespaces/{namespace}/pods/{name}", "delete", null).ShouldBeEmpty();
    }
}
