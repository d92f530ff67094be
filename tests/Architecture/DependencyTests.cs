using System.Xml.Linq;
using Tests.Support;

namespace Tests.Architecture;

public sealed class DependencyTests
{
    [Fact]
    public void Every_package_has_its_reason_in_docs_dependencies()
    {
        var central = XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Packages.props"));
        var packages = central.Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value);
        var explained = File.ReadLines(Path.Combine(SourceTree.Root, "docs/dependencies.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1].Trim())
            .Skip(1);

        explained.Order(StringComparer.Ordinal).ShouldBe(packages.Order(StringComparer.Ordinal));
    }
}
