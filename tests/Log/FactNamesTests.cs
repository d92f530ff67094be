using Bot.Desk;
using Tests.Support;

namespace Tests.Log;

/// <summary>Names of facts are stored for ever: one that goes or changes orphans what old logs say, so a rename fails here.</summary>
public sealed class FactNamesTests
{
    private const string List = "tests/Log/facts.approved.txt";
    private static readonly string[] Approved = File.ReadAllLines(Path.Combine(SourceTree.Root, List));

    [Fact]
    public void No_fact_that_was_ever_stored_loses_its_name() =>
        Approved
            .Except(FactFamilies.Catalog.Names)
            .ShouldBeEmpty(
                $"Logs have facts of these names, and nothing reads them any more. Give the record its name back; {List} only grows."
            );

    [Fact]
    public void A_new_fact_is_approved() =>
        FactFamilies
            .Catalog.Names.Except(Approved)
            .ShouldBeEmpty($"These are stored from now on for ever. If their names are good, add them to {List}, a line each, in order.");

    [Fact]
    public void The_list_is_in_order_and_names_each_once() => Approved.ShouldBe(Approved.Distinct().Order(StringComparer.Ordinal));
}
