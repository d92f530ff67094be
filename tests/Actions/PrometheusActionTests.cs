using System.Text.Json;
using Integrations.Prometheus;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>A real Prometheus is asked.</summary>
public sealed class PrometheusActionTests(PrometheusActionTests.Server server) : IClassFixture<PrometheusActionTests.Server>
{
    private static readonly PrometheusQueryAction Query = new(Called.Outward);
    private static readonly PrometheusQueryRangeAction Range = new(Called.Outward);

    private string Url => server.Prometheus.Address;

    [Fact]
    public async Task A_query_with_one_sample_gives_its_value()
    {
        var result = await Called.SucceedsAsync(Query, new { url = Url, query = "sum(vector(40)) + 2" });

        result.GetProperty("type").GetString().ShouldBe("vector");
        result.GetProperty("value").GetDouble().ShouldBe(42);
        result.GetProperty("count").GetInt32().ShouldBe(1);
        result.GetProperty("samples")[0].GetProperty("at").GetDateTimeOffset().ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task Several_samples_have_their_labels_and_no_one_value()
    {
        var query = """label_replace(vector(1), "shard", "shop", "", "") or label_replace(vector(2), "shard", "blog", "", "")""";

        var result = await Called.SucceedsAsync(Query, new { url = Url, query });

        result.GetProperty("value").ValueKind.ShouldBe(JsonValueKind.Null);
        result
            .GetProperty("samples")
            .EnumerateArray()
            .Select(sample => $"{sample.GetProperty("labels").GetProperty("shard")}={sample.GetProperty("value")}")
            .ShouldBe(["shop=1", "blog=2"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("vector(1) / 0", "Infinity")]
    [InlineData("vector(-1) / 0", "-Infinity")]
    [InlineData("vector(0) / 0", "NaN")]
    public async Task What_is_no_number_in_JSON_is_a_text_that_expressions_read(string query, string text) =>
        (await Called.SucceedsAsync(Query, new { url = Url, query })).GetProperty("value").GetString().ShouldBe(text);

    [Fact]
    public async Task A_query_that_finds_nothing_is_an_answer()
    {
        var result = await Called.SucceedsAsync(Query, new { url = Url, query = "absent_metric_of_ours" });

        result.GetProperty("count").GetInt32().ShouldBe(0);
        result.GetProperty("value").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_range_has_its_points_and_their_bounds()
    {
        var until = DateTimeOffset.UnixEpoch.AddDays(20_000);

        var result = await Called.SucceedsAsync(
            Range,
            new
            {
                url = Url + "/",
                query = "vector(time())",
                since = "2m",
                until,
                step = "30s",
            }
        );

        var series = result.GetProperty("series").EnumerateArray().ShouldHaveSingleItem();
        var points = series.GetProperty("points").EnumerateArray().Select(point => (point[0].GetInt64(), point[1].GetDouble())).ToList();
        points.Count.ShouldBe(5);
        points[^1].ShouldBe((until.ToUnixTimeSeconds(), until.ToUnixTimeSeconds()));
        series.GetProperty("maximum").GetDouble().ShouldBe(until.ToUnixTimeSeconds());
        series.GetProperty("minimum").GetDouble().ShouldBe(until.ToUnixTimeSeconds() - 120);
        series.GetProperty("last").GetDouble().ShouldBe(until.ToUnixTimeSeconds());
    }

    [Theory]
    [InlineData("""{"resultType":"vector","result":[{"metric":{},"value":[1795521600,"0.001"]}]}""", false)]
    [InlineData("""{"resultType":"matrix","result":[{"metric":{},"values":[[1795521600,"0.001"]]}]}""", true)]
    public async Task What_it_warns_of_is_in_the_result_and_told_and_infos_are_not(string data, bool range)
    {
        var body =
            $$"""{"status":"success","warnings":["store 10.0.0.9: partial response"],"infos":["metric might not be a counter"],"data":{{data}}}""";
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {body.Length}\n\n{body}"
        );
        var lines = new List<string>();

        var answer = await Called.RunAsync(
            range ? Range : Query,
            new { url = $"http://127.0.0.1:{target.Port}", query = "up" },
            output: lines.Add
        );

        answer
            .ShouldBeOfType<ActionResult.Succeeded>()
            .Result.GetProperty("warnings")
            .EnumerateArray()
            .ShouldHaveSingleItem()
            .GetString()
            .ShouldBe("store 10.0.0.9: partial response");
        lines.ShouldContain("Prometheus warns: store 10.0.0.9: partial response");
        lines.ShouldNotContain(line => line.Contains("counter", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_query_is_refused_in_the_words_of_Prometheus() =>
        (await Called.FailsAsync(Query, new { url = Url, query = "sum(" }, FailureClass.Refused)).Because.ShouldContain("bad_data: ");

    [Fact]
    public async Task A_query_for_a_range_says_which_action_does_it() =>
        (await Called.FailsAsync(Query, new { url = Url, query = "up[5m]" }, FailureClass.Refused)).Because.ShouldContain(
            "prometheus/query-range@1"
        );

    [Fact]
    public async Task More_points_than_are_kept_are_refused_with_what_to_do() =>
        (
            await Called.FailsAsync(
                Range,
                new
                {
                    url = Url,
                    query = "vector(1)",
                    since = "6000s",
                    step = "1s",
                },
                FailureClass.Refused
            )
        ).Because.ShouldContain("take a longer 'step'");

    [Fact]
    public async Task Another_server_than_Prometheus_is_told()
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 6\n\n<html>");

        (
            await Called.FailsAsync(Query, new { url = $"http://127.0.0.1:{target.Port}", query = "up" }, FailureClass.Refused)
        ).Because.ShouldContain("cannot be read");
    }

    [Theory]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":{"a":1}}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[1]}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[]}]}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"many"]}]}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"scalar","result":7}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"table","result":[]}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[]}]}}""", true)]
    [InlineData("""{"status":"success","data":{"resultType":"matrix","result":7}}""", true)]
    [InlineData("""{"status":"success"}""")]
    [InlineData("""{"status":"success"}""", true)]
    [InlineData("null")]
    public async Task An_answer_that_is_not_what_Prometheus_says_is_told(string body, bool range = false)
    {
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {body.Length}\n\n{body}"
        );
        var with = new { url = $"http://127.0.0.1:{target.Port}", query = "up" };

        var failed = range
            ? await Called.FailsAsync(Range, with, FailureClass.Refused)
            : await Called.FailsAsync(Query, with, FailureClass.Refused);

        failed.Because.ShouldStartWith("the answer is not Prometheus's: ");
    }

    public sealed class Server : IAsyncLifetime
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-prometheus-");

        internal PrometheusServer Prometheus { get; private set; } = null!;

        public Task InitializeAsync()
        {
            Prometheus = new PrometheusServer(folder.FullName);
            return Prometheus.UntilReadyAsync();
        }

        public Task DisposeAsync()
        {
            Prometheus.Dispose();
            folder.Delete(recursive: true);
            return Task.CompletedTask;
        }
    }
}
