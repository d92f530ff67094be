using System.Text;
using System.Text.Json;
using CsCheck;
using Runbooks.Secrets;

namespace Tests.Secrets;

/// <summary>No secret in any writing gets through, however the text comes; text without one is as it was.</summary>
public sealed class SecretMaskTests
{
    private const string Pem = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
        MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu
        NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZ
        -----END PRIVATE KEY-----
        """;

    private static readonly string[] Known =
    [
        "hunter2!",
        "p&ss w\"rd'<é€😀>\\/%+=",
        "c29tZS1rZXk+Pz8/Cg==",
        "a/b+c=d e",
        "0000000000",
        "aaaa",
        "ab\\\\\\\\cd",
        "тайна-пароль",
        "{\"type\":\"key\",\"private_key\":\"line-one\\nline-two\"}",
        Pem,
    ];

    // Letters that encoders treat each in their own way, and plain ones.
    private static readonly Gen<string> Secret = Gen.Frequency(
            (6, Gen.Char["abcXYZ019"]),
            (3, Gen.Char[" +/=%&<>\"'\\`$:;,.-_~!?*(){}[]"]),
            (1, Gen.Char["éß€中"])
        )
        .Array[8, 40]
        .Select(letters => new string(letters))
        .Where(text =>
            text == text.Trim() && text.Count(char.IsAsciiLetterOrDigit) >= 6 && !text.Contains("***", StringComparison.Ordinal)
        );

    private static readonly Gen<string> Around = Gen.Char["abc \n\"'%&\\+=u0041;n"].Array[0, 12].Select(letters => new string(letters));

    private static readonly Gen<KeyValuePair<string, Func<string, (string Text, string[] Traces)>>> Leak = Gen.Int[0, Leaks.All.Count - 1]
        .Select(i => Leaks.All.ElementAt(i));

    public static TheoryData<string> Writings => [.. Leaks.All.Keys];

    [Theory]
    [InlineData("Host=db;Username=bot;Password=s3cr3t-of-db;SSL Mode=Require", "s3cr3t-of-db")]
    [InlineData("Host=db;Pwd='with ; in it';Username=bot", "with ; in it")]
    [InlineData("db:6379,password=rather-long,ssl=true", "rather-long")]
    [InlineData("host=db password=of-libpq user=bot", "of-libpq")]
    [InlineData("postgres://bot:p%40ss-word@db/shop", "p@ss-word")]
    [InlineData("http://ghp_PlantedToken0042@127.0.0.1:35401/o/r.git", "ghp_PlantedToken0042")]
    [InlineData("git+https://short-token@git.example/o/r.git", "short-token")]
    [InlineData("https://short-token@git.example/o/r.git", "short-token")]
    [InlineData("https://ghp_PlantedToken0042:x-oauth-basic@git.example/o/r.git", "ghp_PlantedToken0042")]
    [InlineData("https://bot:p@ss-word@db/shop", "p@ss-word")]
    [InlineData("https://bot:pass-word@db/shop", "bot:pass-word")]
    [InlineData("amqp://bot:first-one@a,amqp://bot:other-one@b", "other-one")]
    [InlineData("redis://:rather-long@db:6379/0", "rather-long")]
    [InlineData("https://hooks.slack.example/services/T0001/B0002/XyZ0abcdefghij4567890klm", "XyZ0abcdefghij4567890klm")]
    [InlineData("https://api.telegram.example/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/send", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")]
    [InlineData("https://a.blob.example/c?sv=2026&sig=abc%2Fdef%2Bghi%3D", "abc/def+ghi=")]
    [InlineData("grant_type=x&client_secret=of-the-client", "of-the-client")]
    [InlineData("[default]\naws_access_key_id = AKIA\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI/K7MDENG")]
    [InlineData("Host=db;PSW=s3cr3t-of-db", "s3cr3t-of-db")]
    [InlineData("Host=db;Password=with blanks in it;Username=bot", "with blanks in it")]
    [InlineData("Host=db;Password='it''s quoted';Username=bot", "it's quoted")]
    [InlineData("host=db sslpassword='it\\'s escaped' user=bot", "it's escaped")]
    [InlineData("Driver={PostgreSQL};PWD={with;semicolon};UID=bot", "with;semicolon")]
    [InlineData("PGPASSWORD=of-the-environment\nPGUSER=bot", "of-the-environment")]
    [InlineData("//registry.npmjs.org/:_authToken=npm_0123456789", "npm_0123456789")]
    [InlineData("Bearer eyJhbGciOi.of-db", "eyJhbGciOi.of-db")]
    [InlineData("Authorization: Basic Ym90OnBhc3MtcGhyYXNl", "pass-phrase")]
    [InlineData("X-Api-Key: 0123-4567-89ab", "0123-4567-89ab")]
    [InlineData("bot:rather-long", "rather-long")]
    [InlineData("db:5432:shop:bot:of:pgpass", "of:pgpass")]
    [InlineData("machine db login bot password of-netrc", "of-netrc")]
    [InlineData("{ \"auths\": { \"r.example\": { \"auth\": \"Ym90OnBhc3MtcGhyYXNl\" } } }", "pass-phrase")]
    [InlineData("{ \"url\": \"postgres://bot:p%40ss-word@db/shop\" }", "p@ss-word")]
    [InlineData("cGFzc3dvcmQ6IGluIGEgZmlsZQ==", "password: in a file")]
    [InlineData("users:\n- name: bot\n  user:\n    token: eyJhbGciOi.of-db\n", "eyJhbGciOi.of-db")]
    public void What_a_secret_holds_as_its_password_is_masked_where_it_stands_alone(string secret, string inside)
    {
        var mask = new SecretMask([secret]);

        mask.Apply($"FATAL: db does not take {inside} of you").ShouldBe("FATAL: db does not take *** of you");
        mask.Apply(Convert.ToBase64String(Encoding.UTF8.GetBytes(inside))).ShouldBe("***");
    }

    [Theory]
    [InlineData("postgres://readonly@db/shop", "readonly")]
    [InlineData("postgres://readonly:pass-word@db/shop", "readonly")]
    [InlineData("https://db.example/health/checks?format=json", "health")]
    [InlineData("db.example:6379", "6379")]
    [InlineData("Host=db;Password=s3cr3t-of-db;Username=readonly", "readonly")]
    [InlineData("[default]\naws_access_key_id=AKIA0123\nkey: name", "name")]
    [InlineData("{ \"auth\": true, \"token\": null }", "true null")]
    public void What_only_stands_beside_a_password_is_told(string secret, string beside) =>
        new SecretMask([secret]).Apply($"the {beside} of it").ShouldBe($"the {beside} of it");

    [Theory]
    [MemberData(nameof(Writings))]
    public void A_secret_is_masked_in_this_writing(string writing)
    {
        foreach (var secret in Known)
        {
            var mask = new SecretMask(["another-secret", secret]);
            var (text, traces) = Leaks.All[writing](secret);
            var masked = mask.Apply($"before {text} after");
            foreach (var trace in traces)
                masked.ShouldNotContain(trace, Case.Sensitive, $"{writing} of {secret}");
            masked.ShouldStartWith("before ", Case.Sensitive, masked);
            masked.ShouldEndWith(" after", Case.Sensitive, masked);
        }
    }

    [Fact]
    public void Any_secret_in_any_writing_is_masked_wherever_the_stream_is_cut() =>
        Gen.Select(Secret, Leak, Around, Around, Gen.Int[1, 9].Array[1, 5])
            .Sample(
                (secret, leak, before, after, cuts) =>
                {
                    var (text, traces) = leak.Value(secret);
                    var mask = new SecretMask([secret]);
                    var whole = before + text + after;
                    var masked = mask.Apply(whole);
                    InPieces(mask, whole, cuts).ShouldBe(masked, "cut");
                    foreach (var trace in traces.Where(trace => trace.Length >= 4))
                        (before + after)
                            .Contains(trace, StringComparison.Ordinal)
                            .ShouldBe(masked.Contains(trace, StringComparison.Ordinal), $"{leak.Key}: {masked}");
                },
                iter: 1_500
            );

    [Fact]
    public void Base64_at_the_end_of_what_is_encoded_leaves_nothing_whatever_lies_before_it_and_whatever_line_break_follows() =>
        Gen.Select(
                Secret,
                Gen.Char["abc"].Array[0, 5],
                Gen.OneOf(Gen.Const(""), Gen.Const("\n"), Gen.Const("\r\n")),
                Gen.Bool,
                Gen.Bool,
                Gen.Bool
            )
            .Sample(
                (secret, before, end, isKeptWithIt, isUrl, isPadded) =>
                {
                    var start = string.Concat(before);
                    var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(start + secret + end));
                    if (isUrl)
                        encoded = encoded.Replace('+', '-').Replace('/', '_');
                    if (!isPadded)
                        encoded = encoded.TrimEnd('=');
                    var masked = new SecretMask([isKeptWithIt ? secret + end : secret]).Apply($"[{encoded}]");
                    // What stands before it is decided by what lies before it, at most by two bits of the secret.
                    var shown = (start.Length * 8 + 5) / 6;
                    masked.ShouldBe($"[{encoded[..shown]}***]", $"{start}{secret} {encoded}");
                },
                iter: 1_500
            );

    [Fact]
    public void Each_character_may_be_escaped_in_a_way_of_its_own() =>
        Gen.Select(Secret, Gen.Int[0, 6].Array[40])
            .Sample(
                (secret, ways) =>
                {
                    var text = string.Concat(secret.Select((letter, i) => Escaped(letter, ways[i])));
                    new SecretMask([secret]).Apply("x" + text + "y").ShouldBe("x***y", text);
                },
                iter: 1_500
            );

    [Fact]
    public void Text_without_a_secret_is_as_it_was() =>
        Gen.Select(Secret, Gen.OneOf(Gen.String, Around.Array[1, 20].Select(parts => string.Concat(parts))), Gen.Int[1, 50].Array[1, 4])
            .Sample(
                (secret, text, cuts) =>
                {
                    var mask = new SecretMask([secret]);
                    ReferenceEquals(mask.Apply(text), text).ShouldBeTrue(mask.Apply(text));
                    InPieces(mask, text, cuts).ShouldBe(text);
                },
                iter: 1_500
            );

    [Fact]
    public void Overlapping_secrets_go_as_a_whole()
    {
        var mask = new SecretMask(["secret-of-a", "of-a-longer-one"]);
        mask.Apply("<secret-of-a-longer-one>").ShouldBe("<***>");
    }

    [Fact]
    public void A_secret_of_many_lines_leaves_the_lines()
    {
        var masked = new SecretMask([Pem]).Apply($"key:\n{Pem}\ndone");
        masked.ShouldBe("key:\n***\n***\n***\n***\n***\ndone");
    }

    [Fact]
    public void The_brackets_of_a_secret_in_JSON_are_no_secret()
    {
        var mask = new SecretMask(["{\n  \"id\": \"abc-of-the-service\",\n  \"on\": true\n}"]);
        mask.Apply("{ \"a\": [1] }").ShouldBe("{ \"a\": [1] }");
        mask.Apply("the service is abc-of-the-service").ShouldBe("the service is ***");
    }

    [Fact]
    public void Values_and_names_and_numbers_of_JSON_are_masked_and_their_places_said()
    {
        var places = new List<string>();
        var json = JsonElement.Parse("""{"a":[1,"my hunter2! here"],"hunter2!":true,"pin":90471,"plain/~":"hunter2!"}""");
        var masked = new SecretMask(["hunter2!", "9047"]).Apply(json, places);
        masked.GetRawText().ShouldBe("""{"a":[1,"my *** here"],"***":true,"pin":"***","plain/~":"***"}""");
        places.ShouldBe(["/a/1", "/***", "/pin", "/plain~1~0"]);
    }

    [Fact]
    public void A_text_is_cut_nowhere_in_a_secret_that_stands_in_it()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var secrets = Enumerable.Range(0, 4).Select(_ => Convert.ToHexStringLower(BitConverter.GetBytes(random.NextInt64()))).ToArray();
            var mask = new SecretMask(secrets);
            var text = $"the word is {secrets[0]}";

            mask.Apply(text[..mask.Whole(text)]).ShouldBe("the word is ***");
        }
    }

    [Fact]
    public void A_text_is_cut_before_a_secret_that_may_begin_there()
    {
        var mask = new SecretMask(["hunter2!"]);
        mask.Whole("the word is hunt").ShouldBe("the word is ".Length);
        mask.Whole("the word is").ShouldBe("the word is".Length);
    }

    [Fact]
    public void What_may_be_the_beginning_of_a_secret_at_a_cut_is_taken_for_one()
    {
        var stream = new SecretMask(["hunter2!"]).Stream();
        var shown = new StringBuilder();
        stream.Write("the word is hunt", shown);
        stream.Cut(shown);
        shown.ToString().ShouldBe("the word is ***");
    }

    private static string InPieces(SecretMask mask, string text, int[] cuts)
    {
        var stream = mask.Stream();
        var shown = new StringBuilder();
        for (var (at, i) = (0, 0); at < text.Length; i++)
        {
            var length = Math.Min(cuts[i % cuts.Length], text.Length - at);
            stream.Write(text.AsSpan(at, length), shown);
            at += length;
        }

        stream.Finish(shown);
        return shown.ToString();
    }

    private static string Escaped(char letter, int way) =>
        way switch
        {
            1 => string.Concat(Encoding.UTF8.GetBytes([letter]).Select(one => $"%{one:x2}")),
            2 => $"\\u{(int)letter:x4}",
            3 => $"&#{(int)letter};",
            4 => $"&#x{(int)letter:X};",
            5 => string.Concat(Encoding.UTF8.GetBytes([letter]).Select(one => $"\\x{one:x2}")),
            6 => string.Concat(Encoding.UTF8.GetBytes([letter]).Select(one => $"\\{Convert.ToString(one, 8).PadLeft(3, '0')}")),
            _ => $"{letter}",
        };
}
