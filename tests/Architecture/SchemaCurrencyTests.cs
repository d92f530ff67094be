using Bot.Cli.Runbooks;
using Tests.Support;

namespace Tests.Architecture;

/// <summary>The schemas that lie in the repository, for editors, are those that this build prints.</summary>
public sealed class SchemaCurrencyTests
{
    private const string Renew = "dotnet run --project bot -- runbook schema --out runbooks/schema";

    [Fact]
    public async Task The_schema_of_runbooks_is_current() =>
        Lies(SchemaCommand.RunbookFile).ShouldBe(await SchemaCommand.OfRunbooksAsync(), Renew);

    [Fact]
    public void The_schema_of_tests_is_current() => Lies(SchemaCommand.TestFile).ShouldBe(SchemaCommand.OfTests(), Renew);

    private static string Lies(string name) => File.ReadAllText(Path.Combine(SourceTree.Root, "runbooks", "schema", name)).TrimEnd('\n');
}
