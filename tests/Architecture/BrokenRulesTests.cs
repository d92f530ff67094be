using ArchUnitNET.Loader;

namespace Tests.Architecture;

/// <summary>Each rule is shown rooms that break it (Broken.cs), and sees it: a rule that looks at nothing holds, too.</summary>
public sealed class BrokenRulesTests
{
    private const string Root = "Tests.Architecture.Broken";
    private static readonly ArchUnitNET.Domain.Architecture Rooms = new ArchLoader()
        .LoadAssemblies(typeof(BrokenRulesTests).Assembly)
        .Build();

    [Fact]
    public void A_use_that_goes_up_a_floor()
    {
        var floors = new Floors(
            Root,
            [
                ["High"],
                ["Low"],
            ],
            new HashSet<string>(["Impure", "Query", "Vendors", "House", "Named"], StringComparer.Ordinal)
        );

        floors.Broken(Rooms).ShouldBe(["Low/Cellar uses High/Attic", "Nowhere stands on no floor"]);
    }

    [Theory]
    [InlineData("System.IO.StreamReader")]
    [InlineData("System.IO.Directory")]
    [InlineData("System.Environment")]
    [InlineData("System.Diagnostics.Process")]
    [InlineData("System.Random")]
    [InlineData("System.TimeProvider")]
    [InlineData("Microsoft.Extensions.Configuration.IConfiguration")]
    [InlineData("System.Net.Http.HttpClient")]
    [InlineData("System.Threading.Tasks.Task")]
    public void What_is_not_pure(string used) =>
        Rules.Impurities(Rooms, Root + ".Impure").ShouldContain($"{Root}.Impure.Leaky uses {used}");

    [Fact]
    public void A_query_outside_of_storage()
    {
        Rules.Queries(Rooms, Root, Root + ".Storage").ShouldContain($"{Root}.Query.Selects uses Dapper.SqlMapper");
        Rules.Queries(Rooms, Root, Root + ".Query").ShouldBeEmpty();
    }

    [Fact]
    public void A_vendor_that_uses_another() =>
        Rules.Crossings(Rooms, Root + ".Vendors").ShouldBe([$"{Root}.Vendors.Acme.AcmeClient uses {Root}.Vendors.Emca.EmcaClient"]);

    [Fact]
    public void A_house_that_uses_a_vendor_or_is_called_after_one() =>
        Rules
            .VendorsNamed(Rooms, Root + ".House", Root + ".Vendors")
            .ShouldBe([$"{Root}.House.AcmeWindow uses {Root}.Vendors.Emca.EmcaClient", $"{Root}.House.AcmeWindow"]);

    [Fact]
    public void A_class_that_is_open_and_one_whose_name_is_empty()
    {
        Rules.Open([typeof(Broken.Named.OpenHelper)]).ShouldBe([$"{Root}.Named.OpenHelper"]);
        Rules.Empty([typeof(Broken.Named.OpenHelper)]).ShouldBe([$"{Root}.Named.OpenHelper"]);
    }

    [Fact]
    public void A_reference_that_goes_back() =>
        ArchitectureTests
            .Uses(typeof(global::Bot.Parts.PartCatalog).Assembly, typeof(global::Runbooks.Actions.IStepAction).Assembly)
            .ShouldBeTrue();
}
