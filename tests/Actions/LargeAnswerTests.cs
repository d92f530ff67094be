using System.Text;
using System.Text.Json;
using Integrations;
using Integrations.Etcd;
using Integrations.Http;
using Integrations.Prometheus;
using Microsoft.AspNetCore.Http;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Large answers of steps side by side take no more memory than there is for all of them: who comes later waits.</summary>
public sealed class LargeAnswerTests
{
    private const string Large = "4MB";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // For one of them at a time.
    private readonly Outward outward = new(new AllowedHosts(["127.0.0.1"]), TimeProvider.System) { Room = new AnswerRoom(5_000_000) };

    [Fact]
    public async Task A_large_answer_is_read_on_when_the_one_before_it_was_read_and_small_ones_never_wait()
    {
        await using var target = Answering(2_000_000);
        await using var small = Answering(10);
        var first = await CallAsync(target);
        var second = CallAsync(target);
        // It gets no further than what is free.
        await WaitAsync(1);
        (await CallAsync(small)).Result.ShouldBeOfType<ActionResult.Succeeded>();

        first.Held.ShouldHaveSingleItem().Dispose();
        var read = await second.WaitAsync(Patience);
        var body = read.Result.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("body");
        body.GetString()!.Length.ShouldBe(2_000_000);
    }

    [Fact]
    public async Task Who_waits_until_the_time_is_over_says_for_what()
    {
        await using var target = Answering(2_000_000);
        await CallAsync(target);
        using var over = new CancellationTokenSource();
        var second = CallAsync(target, cancel: over.Token);
        await WaitAsync(1);

        await over.CancelAsync();

        var sent = (await second.WaitAsync(Patience)).Result.ShouldBeOfType<ActionResult.Failed>();
        sent.Class.ShouldBe(FailureClass.Unknown);
        sent.Because.ShouldBe(
            "the answer broke off: the 5 MB that large answers may take at once were taken by those of other steps until its time was over"
        );
    }

    [Fact]
    public async Task What_acted_does_not_wait_for_the_rest_of_its_answer()
    {
        await using var target = Answering(2_000_000);
        await CallAsync(target);

        var acted = (await CallAsync(target, StepEffect.Once)).Result.ShouldBeOfType<ActionResult.Succeeded>().Result;

        acted.GetProperty("status").GetInt32().ShouldBe(200);
        acted.GetProperty("body").GetString()!.Length.ShouldBeInRange(AnswerRoom.Free, 2 * AnswerRoom.Free);
    }

    [Fact]
    public async Task Other_actions_give_back_what_they_took()
    {
        var body = """{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["WORDS"]}""".Replace(
            "WORDS",
            new string('w', 2_000_000),
            StringComparison.Ordinal
        );
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {body.Length}\n\n{body}"
        );
        var query = new PrometheusQueryAction(outward);

        for (var times = 0; times < 3; times++)
            await Called.SucceedsAsync(query, new { url = $"http://127.0.0.1:{target.Port}", query = "up" });
    }

    [Fact]
    public async Task What_etcd_says_waits_for_room_as_well_and_gives_it_back()
    {
        // A field that no client knows (https://protobuf.dev/programming-guides/encoding/): its number is 15, and it has two million bytes.
        byte[] message = [0x7A, 0x80, 0x89, 0x7A, .. new byte[2_000_000]];
        await using var etcd = await HostileEtcd.StartAsync(async context =>
        {
            await context.Response.Body.WriteAsync((byte[])[.. HostileEtcd.Head(message.Length), .. message], context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await using var target = Answering(2_000_000);
        var first = await CallAsync(target);
        var (members, with) = (new EtcdMembersAction(outward), new { endpoint = etcd.Endpoint });
        var waits = Called.SucceedsAsync(members, with);
        await WaitAsync(1);

        first.Held.ShouldHaveSingleItem().Dispose();

        await waits.WaitAsync(Patience);
        await Called.SucceedsAsync(members, with);
    }

    [Fact]
    public async Task More_values_than_a_step_can_hold_are_left_a_text()
    {
        const string Few = "[1,2]";
        var many = $"[{string.Join(',', Enumerable.Repeat("1", 1_000_001))}]";

        (await JsonOfAsync(Few)).ToString().ShouldBe(Few);
        (await JsonOfAsync(many)).GetString().ShouldStartWith("… (was not read: it has more than a million values.");
    }

    [Theory]
    [InlineData("caf\u00e9 <&>'\"\\ \u2028", "caf\u00e9 <&>'\"\\ \u2028")]
    [InlineData("{\"a\": \"\\u00e9\"}", "{\"a\": \"\\u00e9\"}")]
    public async Task A_body_is_as_it_came(string sent, string seen) =>
        (await BodyOfAsync(Encoding.UTF8.GetBytes(sent))).GetProperty("body").GetString().ShouldBe(seen);

    [Fact]
    public async Task What_is_no_UTF_8_is_marked_where_it_is_not()
    {
        var found = await BodyOfAsync([(byte)'a', 0xff, (byte)'b']);

        found.GetProperty("body").GetString().ShouldBe("a\ufffdb");
        found.GetProperty("json").ValueKind.ShouldBe(JsonValueKind.Null);
        (await BodyOfAsync([(byte)'"', 0xff, (byte)'"']))
            .GetProperty("json")
            .GetString()
            .ShouldStartWith("… (was not read: it is no UTF-8");
    }

    private Task WaitAsync(int many) => Until.Holds(() => Task.FromResult(outward.Room.Waiting == many), $"{many} that wait");

    private static TcpTarget Answering(int length) =>
        TcpTarget.Answering($"HTTP/1.1 200 OK\nContent-Length: {length}\n\n{new string('x', length)}");

    private async Task<JsonElement> JsonOfAsync(string body) => (await BodyOfAsync(Encoding.UTF8.GetBytes(body))).GetProperty("json");

    private async Task<JsonElement> BodyOfAsync(byte[] body)
    {
        await using var target = new TcpTarget(
            async (_, socket) =>
            {
                await TcpTarget.SayAsync(socket, $"HTTP/1.1 200 OK\nContent-Length: {body.Length}\n\n");
                await socket.SendAsync(body);
            }
        );
        var (result, held) = await CallAsync(target);
        held.ForEach(one => one.Dispose());
        return result.ShouldBeOfType<ActionResult.Succeeded>((result as ActionResult.Failed)?.Because).Result;
    }

    private async Task<(ActionResult Result, List<IDisposable> Held)> CallAsync(
        TcpTarget target,
        StepEffect effect = StepEffect.Read,
        CancellationToken cancel = default
    )
    {
        var held = new List<IDisposable>();
        var with = JsonSerializer.SerializeToElement(
            new Dictionary<string, string> { ["url"] = $"http://127.0.0.1:{target.Port}/", ["max-bytes"] = Large }
        );
        var call = new ActionCall("run-1", "step", "run-1/step", null, with, effect, null, 1, _ => { }) { UntilRead = held.Add };
        return (await new HttpRequestAction(outward).RunAsync(call, cancel), held);
    }
}
