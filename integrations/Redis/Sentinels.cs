using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;
using StackExchange.Redis;

namespace Integrations.Redis;

public sealed record SentinelArguments(
    [Untainted]
    [SentinelPlaces]
    [Description("`host` or `host:port` of each Sentinel; the first that answers is asked.")]
        IReadOnlyList<string> Sentinels,
    [Description("The name that the Sentinels watch it by.")] string Shard
) : RedisCaller;

/// <summary>Asks the first Sentinel of a list that is there, and answers if it is only looked at.</summary>
internal static class Sentinels
{
    // A step without a time limit of its own has a deadline that no timer reaches.
    private static readonly TimeSpan LongestShare = TimeSpan.FromHours(1);

    public static async Task<ActionResult> AskAsync(
        Outward outward,
        ActionCall call,
        SentinelArguments arguments,
        Func<RedisConnection, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        // There is at least one.
        ActionResult last = null!;
        foreach (var (index, address) in arguments.Sentinels.Index())
        {
            var place = HostAndPort.Parse(address, RedisCalls.SentinelPort)!;
            // One that is silent has its share of the time that is left, so that the others are asked as well.
            var share = (call.Deadline - outward.Time.GetUtcNow()) / (arguments.Sentinels.Count - index);
            var server = new RedisServer(place, arguments, IsSentinel: true)
            {
                Patience = TimeSpan.FromTicks(Math.Clamp(share.Ticks, 0, LongestShare.Ticks)),
            };
            last =
                call.Effect is StepEffect.Read
                    ? await LookAsync(outward, call, server, ask, cancel)
                    : await RedisCalls.AskAsync(outward, call, server, ask, cancel);
            // What acts is said to the next one only while nobody can have heard it.
            var mayAsk =
                last is ActionResult.Failed { Class: FailureClass.NotSent }
                || (last is ActionResult.Failed { Class: FailureClass.Unknown } && call.Effect is StepEffect.Read);
            if (!mayAsk || cancel.IsCancellationRequested)
                return last;
            call.Output(((ActionResult.Failed)last).Because);
        }

        return last;
    }

    private static async Task<ActionResult> LookAsync(
        Outward outward,
        ActionCall call,
        RedisServer server,
        Func<RedisConnection, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        using var limit = new CancellationTokenSource(server.Patience, outward.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await RedisCalls.AskAsync(outward, call, server, ask, both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            return new ActionResult.Failed(
                FailureClass.Unknown,
                $"{server.Place.Said()} was connected, and did not answer in its share of the time, {server.Patience.TotalSeconds:0.#} s"
            );
        }
    }

    /// <summary>Which they are, for plans.</summary>
    public static string Said(JsonElement with) => $"Sentinels {with.TextsOf("sentinels", ", ")}";

    /// <summary>A list of names and values, each after the other.</summary>
    public static Dictionary<string, string> Pairs(RedisResult answer) =>
        answer
            .ToDictionary(StringComparer.Ordinal)
            .ToDictionary(pair => pair.Key, pair => (string?)pair.Value ?? "", StringComparer.Ordinal);

    public static string Address(Dictionary<string, string> one) => new DnsEndPoint(one["ip"], (int)Number(one, "port")).Said();

    public static long Number(Dictionary<string, string> one, string name) =>
        long.Parse(one.GetValueOrDefault(name, "0"), CultureInfo.InvariantCulture);

    /// <summary>Only the Sentinel that leads a failover says so; of one that another leads it sees the end.</summary>
    public static bool IsFailingOver(Dictionary<string, string> primary) => primary["flags"].Split(',').Contains("failover_in_progress");

    public static bool IsDown(Dictionary<string, string> one) =>
        one["flags"].Split(',').Any(flag => flag is "s_down" or "o_down" or "disconnected");
}
