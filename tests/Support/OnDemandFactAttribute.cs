using Xunit.Abstractions;
using Xunit.Sdk;

namespace Tests.Support;

/// <summary>A test of what no package brings: it is there only when somebody asks for it, by an environment variable.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Tests.Support.OnDemandDiscoverer", "Tests")]
public sealed class OnDemandFactAttribute(string variable) : FactAttribute
{
    public string Variable => variable;
}

public sealed class OnDemandDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    public override IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions,
        ITestMethod testMethod,
        IAttributeInfo factAttribute
    ) =>
        Environment.GetEnvironmentVariable(factAttribute.GetConstructorArguments().OfType<string>().Single()) is null
            ? []
            : base.Discover(discoveryOptions, testMethod, factAttribute);
}
