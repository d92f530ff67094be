using System.Text;
using Integrations;
using Integrations.Alertmanager;
using Tests.Support;

namespace Tests.Intake;

public sealed class AlertmanagerSourceTests
{
    public static TheoryData<string> Captured => [.. Payload.All("alertmanager")];

    [Theory]
    [MemberData(nameof(Captured))]
    public void Every_captured_payload_is_read(string file)
    {
        var batch = Parse(Payload.Read(file)).ShouldBeOfType<ParseResult.Parsed>().Batch;

        batch.GroupKey.ShouldNotBeEmpty();
        batch.Alerts.ShouldAllBe(alert => alert.Fingerprint.Length == 16 && alert.StartsAt.Year == 2026);
        batch.Alerts.ShouldAllBe(alert => alert.Firing == (alert.EndsAt == null));
        batch.Alerts.Select(alert => AlertJson.ToDictionary(alert.Labels).Keys).ShouldAllBe(names => names.Contains("alertname"));
    }

    [Fact]
    public void A_partly_resolved_group_counts_by_its_members_not_by_its_own_status()
    {
        var batch = Parse(Payload.Read("alertmanager/alertmanager-grouped-partly-resolved.json"))
            .ShouldBeOfType<ParseResult.Parsed>()
            .Batch;

        batch.Alerts.Count(alert => alert.Firing).ShouldBe(1);
        batch.Alerts.Count(alert => !alert.Firing).ShouldBe(2);
    }

    [Fact]
    public void A_truncated_group_says_how_many_it_hides() =>
        Parse(Payload.Read("alertmanager/alertmanager-truncated.json")).ShouldBeOfType<ParseResult.Parsed>().Batch.Hidden.ShouldBe(3);

    [Theory]
    [InlineData("not json", "body")]
    [InlineData("[]", "body")]
    [InlineData("{}", "version")]
    [InlineData("""{"version":"4","groupKey":"g","alerts":[]}""", "alerts")]
    [InlineData("""{"version":"4","groupKey":"g","alerts":{}}""", "alerts")]
    [InlineData(
        """{"version":"4","alerts":[{"status":"firing","labels":{},"startsAt":"2026-11-24T00:00:00Z","fingerprint":"f"}]}""",
        "groupKey"
    )]
    [InlineData(
        """{"version":"4","groupKey":"g","alerts":[{"status":"on","labels":{},"startsAt":"2026-11-24T00:00:00Z","fingerprint":"f"}]}""",
        "alerts[0].status"
    )]
    [InlineData(
        """{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":{},"startsAt":"yesterday","fingerprint":"f"}]}""",
        "alerts[0].startsAt"
    )]
    [InlineData(
        """{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":{"a":1},"startsAt":"2026-11-24T00:00:00Z","fingerprint":"f"}]}""",
        "alerts[0].labels.a"
    )]
    [InlineData(
        """{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":{},"startsAt":"2026-11-24T00:00:00Z"}]}""",
        "alerts[0].fingerprint"
    )]
    [InlineData("""{"version":"4","groupKey":"g","alerts":[1]}""", "alerts[0]")]
    [InlineData("""{"version":"4","groupKey":"\u0000","alerts":[]}""", "groupKey")]
    [InlineData("""{"version":"4","groupKey":"\ud800","alerts":[]}""", "body")]
    [InlineData(
        """{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":{"a":"\udc00"},"startsAt":"2026-11-24T00:00:00Z","fingerprint":"f"}]}""",
        "body"
    )]
    [InlineData(
        """{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":{"a":"\u0000"},"startsAt":"2026-11-24T00:00:00Z","fingerprint":"f"}]}""",
        "alerts[0].labels.a"
    )]
    public void What_cannot_be_read_names_the_field(string body, string field) =>
        Parse(Encoding.UTF8.GetBytes(body))
            .ShouldBeOfType<ParseResult.Unparsable>()
            .Problems.ShouldContain(problem => problem.Field == field);

    [Fact]
    public void A_wrong_field_is_told_once() =>
        Parse(
                """{"version":4,"groupKey":"g","alerts":[{"status":1,"labels":{},"startsAt":"x","fingerprint":7},{"status":1,"labels":{},"startsAt":"x"}]}"""u8.ToArray()
            )
            .ShouldBeOfType<ParseResult.Unparsable>()
            .Problems.Select(problem => problem.Field)
            .ShouldBe(
                [
                    "version",
                    "alerts[0].status",
                    "alerts[0].startsAt",
                    "alerts[0].fingerprint",
                    "alerts[1].status",
                    "alerts[1].startsAt",
                    "alerts[1].fingerprint",
                ],
                ignoreOrder: true
            );

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Basic czNjcmV0")]
    [InlineData("Bearer ")]
    public void A_request_without_the_token_is_refused(string? header) =>
        new AlertmanagerSource()
            .Verify(new AlertRequest(_ => header, default), new AlertSourceOptions { Kind = "alertmanager", Token = "s3cret" })
            .ShouldNotBeNull();

    [Fact]
    public void A_source_without_a_token_lets_nobody_in() =>
        new AlertmanagerSource()
            .Verify(new AlertRequest(_ => "Bearer ", default), new AlertSourceOptions { Kind = "alertmanager" })
            .ShouldNotBeNull();

    private static ParseResult Parse(byte[] body) => new AlertmanagerSource().Parse(body);
}
