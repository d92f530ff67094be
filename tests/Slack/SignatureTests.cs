using System.Globalization;
using System.Text;
using CsCheck;
using Integrations.Slack;

namespace Tests.Slack;

public sealed class SignatureTests
{
    // The example of Slack's documentation.
    private const string Secret = "8f742231b10e8888abcd99yyyzzz85a5";
    private const string Timestamp = "1531420618";
    private const string Signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    private const string Body =
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1531420618);

    [Fact]
    public void The_example_of_the_documentation_is_signed_by_slack()
    {
        SlackSignature.Sign(Secret, Timestamp, Encoding.UTF8.GetBytes(Body)).ShouldBe(Signature);
        Verify().ShouldBeTrue();
    }

    [Theory]
    [InlineData(299, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    [InlineData(-300, true)]
    [InlineData(-301, false)]
    public void It_holds_for_five_minutes_in_both_directions(int seconds, bool holds) =>
        Verify(now: At.AddSeconds(seconds)).ShouldBe(holds);

    [Theory]
    [InlineData(null, Signature)]
    [InlineData("", Signature)]
    [InlineData("+1531420618", Signature)]
    [InlineData("1531420618 ", Signature)]
    [InlineData("99999999999999999999", Signature)]
    [InlineData(Timestamp, null)]
    [InlineData(Timestamp, "")]
    [InlineData(Timestamp, "v1=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503")]
    [InlineData(Timestamp, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b50")]
    [InlineData(Timestamp, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b5033")]
    [InlineData(Timestamp, "v0=z2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503")]
    public void What_is_no_signature_is_refused(string? timestamp, string? signature) => Verify(timestamp, signature).ShouldBeFalse();

    [Fact]
    public void Without_a_secret_nothing_is_signed() =>
        SlackSignature.Verify("", Timestamp, Signature, Encoding.UTF8.GetBytes(Body), At).ShouldBeFalse();

    [Fact]
    public void Any_other_byte_breaks_it() =>
        Gen.Select(Gen.Byte.Array[1, 200], Gen.Int[0, 199], Gen.Byte[1, 255])
            .Sample(
                (body, at, change) =>
                {
                    var timestamp = At.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
                    var signature = SlackSignature.Sign(Secret, timestamp, body);
                    SlackSignature.Verify(Secret, timestamp, signature, body, At).ShouldBeTrue();
                    body[at % body.Length] ^= change;
                    SlackSignature.Verify(Secret, timestamp, signature, body, At).ShouldBeFalse();
                }
            );

    private static bool Verify(string? timestamp = Timestamp, string? signature = Signature, DateTimeOffset? now = null) =>
        SlackSignature.Verify(Secret, timestamp, signature, Encoding.UTF8.GetBytes(Body), now ?? At);
}
