using System.Text.Json;
using Bot.Runs.Actions;
using Runbooks.Running;
using Tests.Actions;

namespace Tests.Runs;

/// <summary>One item of a list, and which.</summary>
public sealed class PickActionTests
{
    private static readonly object[] Replicas =
    [
        new
        {
            name = "a",
            lag = (int?)30,
            disk = new { free = 5 },
        },
        new
        {
            name = "b",
            lag = (int?)4,
            disk = new { free = 7 },
        },
        new
        {
            name = "c",
            lag = (int?)null,
            disk = new { free = 7 },
        },
        new
        {
            name = "d",
            lag = (int?)100,
            disk = new { free = 1 },
        },
    ];

    [Theory]
    [InlineData(null, "a")]
    [InlineData("lag", "b")]
    [InlineData("-lag", "d")]
    [InlineData("disk.free", "d")]
    [InlineData("-disk.free", "b")]
    [InlineData("-name", "d")]
    [InlineData("nothing.there", "a")]
    public async Task The_first_by_a_field_and_of_equals_the_first_in_the_list(string? order, string expected)
    {
        var picked = await Called.SucceedsAsync(
            new PickAction(),
            new Dictionary<string, object?> { ["from"] = Replicas, ["order-by"] = order }
        );

        picked.GetProperty("name").GetString().ShouldBe(expected);
    }

    [Fact]
    public async Task Numbers_that_a_double_cannot_tell_apart_are_in_order() =>
        (
            await Called.SucceedsAsync(
                new PickAction(),
                new Dictionary<string, object?>
                {
                    ["from"] = new[] { new { at = 1764518400123456789 }, new { at = 1764518400123456788 } },
                    ["order-by"] = "at",
                }
            )
        )
            .GetProperty("at")
            .GetInt64()
            .ShouldBe(1764518400123456788);

    [Fact]
    public async Task An_item_may_be_anything_and_none_is_a_refusal()
    {
        (await Called.SucceedsAsync(new PickAction(), new { from = new object[] { 7, "x" } })).GetInt32().ShouldBe(7);
        (await Called.FailsAsync(new PickAction(), new { from = Array.Empty<int>() }, FailureClass.Refused)).Because.ShouldContain(
            "'where'"
        );
    }

    [Theory]
    [InlineData("""{ "from": [] }""", "pick the first item")]
    [InlineData("""{ "order-by": null }""", "pick the first item")]
    [InlineData("""{ "order-by": "-lag" }""", "pick the item with the greatest lag")]
    [InlineData("""{ "order-by": 7 }""", "pick the item with the least 7")]
    public void A_plan_says_which(string with, string said) => new PickAction().Describe(JsonElement.Parse(with)).ShouldBe(said);
}
