using System.Text;
using System.Text.Json;
using Bot.Access;
using CsCheck;
using Integrations;
using Integrations.Generic;
using Tests.Support;

namespace Tests.Intake;

/// <summary>Our own simple shape: what its fields mean, and that no body is too strange for it.</summary>
public sealed class GenericSourceTests
{
    private const string Source = "script";

    [Fact]
    public void One_object_is_one_alert_with_all_that_it_says()
    {
        var batch = Read(
            """
            {"title":"Disk full on db1","status":"firing","key":"disk/db1","group":"disk","severity":"critical",
             "labels":{"host":"db1"},"links":["https://graph/1","https://wiki/disk"],"starts_at":"2026-11-24T04:00:00+01:00","other":[1]}
            """
        );

        batch.GroupKey.ShouldBe("disk");
        batch.Hidden.ShouldBe(0);
        var alert = batch.Alerts.ShouldHaveSingleItem();
        alert.Fingerprint.ShouldBe("disk/db1");
        alert.Firing.ShouldBeTrue();
        alert.StartsAt.ShouldBe(new DateTimeOffset(2026, 11, 24, 3, 0, 0, TimeSpan.Zero));
        AlertJson
            .ToDictionary(alert.Labels)
            .ShouldBe(
                new Dictionary<string, string>
                {
                    ["host"] = "db1",
                    ["alertname"] = "Disk full on db1",
                    ["severity"] = "critical",
                },
                ignoreOrder: true
            );
        var annotations = AlertJson.ToDictionary(alert.Annotations);
        annotations["summary"].ShouldBe("Disk full on db1");
        annotations["links"].ShouldBe("https://graph/1 https://wiki/disk");
    }

    [Fact]
    public void The_least_is_a_title_and_a_key()
    {
        var batch = Read("""{"title":"t","key":"k","group":null,"status":null,"labels":null,"links":null,"starts_at":null}""");

        batch.GroupKey.ShouldBe("k");
        batch.Alerts.Single().Firing.ShouldBeTrue();
        batch.Alerts.Single().StartsAt.ShouldBe(DateTimeOffset.UnixEpoch);
        AlertJson.ToDictionary(batch.Alerts.Single().Labels).ShouldBe(new Dictionary<string, string> { ["alertname"] = "t" });
    }

    [Fact]
    public void A_list_is_one_group_and_each_member_has_its_own_status()
    {
        var batch = Read("""[{"title":"a","key":"1","group":"g"},{"title":"b","key":"2","group":"g","status":"resolved"}]""");

        batch.GroupKey.ShouldBe("g");
        batch.Alerts.Select(alert => (alert.Fingerprint, alert.Firing)).ShouldBe([("1", true), ("2", false)]);
    }

    [Fact]
    public void What_labels_say_of_name_and_severity_wins()
    {
        var labels = AlertJson.ToDictionary(
            Read("""{"title":"t","key":"k","severity":"low","labels":{"alertname":"Own","severity":"high"}}""").Alerts[0].Labels
        );

        labels["alertname"].ShouldBe("Own");
        labels["severity"].ShouldBe("high");
    }

    [Theory]
    [InlineData("""[{"title":"a","key":"1"},{"title":"b","key":"2"}]""", "group", "one group")]
    [InlineData("""{"key":"k"}""", "title", "what is wrong")]
    [InlineData("""{"title":" ","key":"k"}""", "title", "what is wrong")]
    [InlineData("""{"title":"t"}""", "key", "identity")]
    [InlineData("""{"title":"t","key":""}""", "key", "identity")]
    [InlineData("""{"title":"t","key":"a\u0007b"}""", "key", "control")]
    [InlineData("""{"title":"t","key":"a\u0000b"}""", "key", "U+0000")]
    [InlineData("""{"title":"t","key":"k","labels":{"a":"\u0000"}}""", "labels.a", "U+0000")]
    [InlineData("""{"title":"t","key":"k","group":" "}""", "group", "incident")]
    [InlineData("""{"title":"t","key":"k","group":"a\nb"}""", "group", "control")]
    [InlineData("""{"title":7,"key":"k"}""", "title", "quotes")]
    [InlineData("""[{"title":"t","key":"k"},{"title":"t","key":"k","status":"on"}]""", "[1].status", "firing")]
    [InlineData("""{"title":"t","key":"k","links":"https://x"}""", "links", "list")]
    [InlineData("""{"title":"t","key":"k","links":[1]}""", "links[0]", "quotes")]
    [InlineData("""{"title":"t","key":"k","labels":["a"]}""", "labels", "object of texts")]
    [InlineData("""{"title":"t","key":"k","labels":{"a":null}}""", "labels.a", "quotes")]
    [InlineData("""{"title":"t","key":"k","starts_at":"yesterday"}""", "starts_at", "RFC 3339")]
    [InlineData("""{"title":"t","key":"k","severity":1}""", "severity", "quotes")]
    [InlineData("""{"title":"\ud800","key":"k"}""", "body", "text")]
    [InlineData("""{"title":"t","key":"k","labels":{"\udc00":"x"}}""", "body", "text")]
    [InlineData("{\"title\":", "body", "line 1")]
    [InlineData("[]", "body", "at least one")]
    [InlineData("7", "body", "object")]
    public void What_cannot_be_read_names_the_field_and_the_fix(string body, string field, string fix)
    {
        var problems = Parse(Encoding.UTF8.GetBytes(body)).ShouldBeOfType<ParseResult.Unparsable>().Problems;

        problems.ShouldContain(
            problem => problem.Field == field && problem.Fix.Contains(fix, StringComparison.Ordinal),
            string.Join('\n', problems)
        );
        problems.Select(problem => problem.Field).ShouldBeUnique();
    }

    [Fact]
    public void Bytes_that_are_no_text_are_said_to_be_none() =>
        Parse([.. "{\"title\":\""u8, 0xff, .. "\",\"key\":\"k\"}"u8])
            .ShouldBeOfType<ParseResult.Unparsable>()
            .Problems.Single()
            .Field.ShouldBe("body");

    [Fact]
    public void A_key_of_more_than_200_characters_is_told() =>
        Parse(JsonSerializer.SerializeToUtf8Bytes(new { title = "t", key = new string('k', 201) }))
            .ShouldBeOfType<ParseResult.Unparsable>()
            .Problems.Single()
            .Field.ShouldBe("key");

    // Any text that JSON can carry comes out as it went in.
    [Fact]
    public void What_is_written_is_what_is_read() =>
        Gen.Select(Word, Word, Word, Gen.Dictionary(Word, Gen.String)[0, 5], Gen.Bool, Gen.Int[0, 2_000_000_000])
            .Sample(
                (title, key, group, labels, firing, second) =>
                {
                    var start = DateTimeOffset.FromUnixTimeSeconds(second);
                    var given = labels.Where(label => Valid(label.Value)).ToDictionary();
                    var body = JsonSerializer.SerializeToUtf8Bytes(
                        new
                        {
                            title,
                            key,
                            group,
                            labels = given,
                            status = firing ? "firing" : "resolved",
                            starts_at = start,
                        }
                    );
                    var batch = Parse(body).ShouldBeOfType<ParseResult.Parsed>().Batch;
                    var alert = batch.Alerts.Single();
                    (batch.GroupKey, alert.Fingerprint, alert.Firing, alert.StartsAt).ShouldBe((group, key, firing, start));
                    var read = AlertJson.ToDictionary(alert.Labels);
                    given.TryAdd("alertname", title);
                    read.ShouldBe(given, ignoreOrder: true);
                },
                iter: 2_000
            );

    // Right bodies with bytes changed, cut and doubled: a reading or problems, never an exception.
    [Fact]
    public void Whatever_comes_is_read_or_told() =>
        Gen.Select(Gen.Int[0, Bodies.Length - 1], Gen.Select(Gen.Int[0, 400], Gen.Byte, Gen.Int[0, 2]).Array[0, 6])
            .Sample(
                (which, cuts) =>
                {
                    var body = Encoding.UTF8.GetBytes(Bodies[which]).ToList();
                    foreach (var (at, value, how) in cuts.Where(cut => cut.Item1 < body.Count))
                    {
                        if (how == 0)
                            body[at] = value;
                        else if (how == 1)
                            body.Insert(at, value);
                        else
                            body.RemoveAt(at);
                    }

                    switch (Parse([.. body]))
                    {
                        case ParseResult.Parsed { Batch: var batch }:
                            batch.GroupKey.ShouldNotBeNullOrWhiteSpace();
                            batch.Alerts.ShouldNotBeEmpty();
                            foreach (var alert in batch.Alerts)
                            {
                                alert.Fingerprint.ShouldNotBeNullOrWhiteSpace();
                                AlertJson.ToDictionary(alert.Labels).ShouldNotBeEmpty();
                            }

                            break;
                        case ParseResult.Unparsable { Problems: var problems }:
                            problems.ShouldNotBeEmpty();
                            problems.ShouldAllBe(problem => problem.Field.Length > 0 && problem.Fix.Length > 0);
                            break;
                    }
                },
                iter: 20_000
            );

    [Fact]
    public async Task Without_a_start_an_episode_ends_with_its_resolve_and_the_next_is_a_flap_of_the_same_incident()
    {
        await using var bot = await BotUnderTest.StartAsync(
            routes: """
            routes:
              - name: default
                severity: { label: severity, map: { critical: sev1 }, otherwise: sev4 }
                resolve: by-itself
                cooldown: 30m
            """,
            settings: new Dictionary<string, string?>
            {
                [$"Alerts:Sources:{Source}:Kind"] = "generic",
                [$"Alerts:Sources:{Source}:Token"] = BotUnderTest.SourceToken,
            }
        );
        var viewer = await bot.TokenAsync(Role.Viewer);
        var before = bot.Get<TimeProvider>().GetUtcNow().AddSeconds(-1);

        await DeliverAsync(bot, "firing");
        await DeliverAsync(bot, "firing");
        var incident = await BotUnderTest.JsonAsync(viewer, "/api/v1/incidents/inc-1");
        incident.GetProperty("title").GetString().ShouldBe("Disk full on db1");
        incident.GetProperty("severity").GetString().ShouldBe("sev1");
        incident.GetProperty("impactStartedAt").GetDateTimeOffset().ShouldBeGreaterThan(before);
        var alert = (await BotUnderTest.JsonAsync(viewer, "/api/v1/alerts")).GetProperty("items").EnumerateArray().Single();
        alert.GetProperty("count").GetInt64().ShouldBe(2);
        alert.GetProperty("startsAt").GetDateTimeOffset().ShouldBeGreaterThan(before);

        await DeliverAsync(bot, "resolved");
        (await StateAsync(viewer)).ShouldBe("resolved");

        await DeliverAsync(bot, "firing");
        (await StateAsync(viewer)).ShouldNotBe("resolved");
        (await BotUnderTest.JsonAsync(viewer, "/api/v1/incidents")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    private static string[] Bodies { get; } =
    [
        """{"title":"Disk full on db1","status":"firing","key":"disk/db1","group":"disk","severity":"critical","labels":{"host":"db1"},"links":["https://x"],"starts_at":"2026-11-24T03:00:00Z"}""",
        """[{"title":"ä\u00e4\ud83d\ude00","key":"k"},{"title":"b","key":"k2","group":"k","labels":{"\u0061":"\\u"}}]""",
        """{"title":"\ud83d\ude00\ud83d","key":"k","labels":{"a":"\ud83d\ude00"}}""",
    ];

    private static Gen<string> Word { get; } =
        Gen.String[1, 40].Where(text => Valid(text) && text.Trim().Length > 0 && !text.Any(char.IsControl));

    private static bool Valid(string text) => text.EnumerateRunes().All(rune => rune != System.Text.Rune.ReplacementChar);

    private static async Task DeliverAsync(BotUnderTest bot, string status)
    {
        using var sender = bot.WithToken(BotUnderTest.SourceToken);
        using var answer = await sender.PostAsync(
            new Uri("/alerts/" + Source, UriKind.Relative),
            new StringContent($$"""{"title":"Disk full on db1","key":"disk/db1","severity":"critical","status":"{{status}}"}""")
        );
        ((int)answer.StatusCode).ShouldBe(202, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string?> StateAsync(HttpClient viewer) =>
        (await BotUnderTest.JsonAsync(viewer, "/api/v1/incidents/inc-1")).GetProperty("state").GetString();

    private static AlertBatch Read(string body) => Parse(Encoding.UTF8.GetBytes(body)).ShouldBeOfType<ParseResult.Parsed>().Batch;

    private static ParseResult Parse(byte[] body) => new GenericSource().Parse(body);
}
