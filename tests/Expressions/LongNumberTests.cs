using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Secrets;

namespace Tests.Expressions;

/// <summary>Numbers are handed on with every digit (docs/adr/0083).</summary>
public sealed class LongNumberTests
{
    [Theory]
    [InlineData("1764518400123457")]
    [InlineData("1000000000000000")]
    [InlineData("9007199254740992")]
    [InlineData("-9007199254740992")]
    public void A_whole_number_that_a_double_has_is_written_in_plain_digits(string digits)
    {
        Values.From(Json(digits)).ShouldBe(double.Parse(digits));
        Values.ToText(Values.From(Json(digits))).ShouldBe(digits);
        Values.ToJson(Values.From(Json(digits))).GetRawText().ShouldBe(digits);
    }

    [Theory]
    [InlineData("9007199254740993")]
    [InlineData("1234567890123456789")]
    [InlineData("-9223372036854775809")]
    // A double has it, and would write it with an exponent, which is no whole number to most who read JSON.
    [InlineData("1764518400123456000")]
    [InlineData("0.12345678901234567891")]
    [InlineData("12345678901234567.89")]
    [InlineData("1e400")]
    [InlineData("1E-400")]
    public void A_number_that_a_double_would_change_is_handed_on_as_it_came(string number)
    {
        var value = Values.From(Json($$"""{"id": {{number}}}"""));

        Values.ToJson(value).GetRawText().ShouldBe($$"""{"id":{{number}}}""");
        var id = value.ShouldBeOfType<MapValue>().Entries[0].Value;
        Values.KindOf(id).ShouldBe("Number");
        Values.ToText(id).ShouldBe(number);
    }

    [Theory]
    [InlineData("0.1")]
    [InlineData("1.50")]
    [InlineData("-0.0")]
    [InlineData("0.30000000000000004")]
    [InlineData("100.0000000000000000")]
    [InlineData("1.2345678901234568E+18")]
    [InlineData("0.00000000000000000000000012")]
    public void A_number_that_a_double_has_is_one(string number) => Values.From(Json(number)).ShouldBe(double.Parse(number));

    [Fact]
    public void A_secret_in_a_long_number_is_masked() =>
        new SecretMask(["1234567890123"])
            .Apply(Json("""{"id": 51234567890123456789}"""))
            .GetProperty("id")
            .GetString()
            .ShouldNotBeNull()
            .ShouldNotContain("1234567890123");

    [Fact]
    public void A_long_number_in_a_runbook_keeps_its_digits()
    {
        var with = YamlTree.Parse("{ id: 1234567890123456789, much: +1234567890123456789, name: '01' }", []).ShouldNotBeNull();

        Values.ToJson(with.ToValue()).GetRawText().ShouldBe("""{"id":1234567890123456789,"much":1.2345678901234568E+18,"name":"01"}""");
    }

    [Fact]
    public void A_long_number_that_an_input_is_given_keeps_its_digits()
    {
        foreach (var type in new[] { InputType.Integer, InputType.Number, InputType.String })
        foreach (var given in new[] { "1234567890123456789", Values.From(Json("1234567890123456789")) })
            Values.ToText(InputRules.Typed(type, given!)).ShouldBe("1234567890123456789", $"{type}");

        InputRules.Typed(InputType.Integer, Values.From(Json("12345678901234567.89"))!).ShouldBeNull();
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
