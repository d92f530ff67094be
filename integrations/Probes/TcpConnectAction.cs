using System.ComponentModel;
using System.Net.Sockets;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Probes;

public sealed record TcpConnectArguments([Untainted] [HostAndPortText] [Description("`host:port`.")] string Address);

public sealed record TcpConnectResult(
    [Description("Whether somebody listens there.")] bool Ok,
    [Description("How long the connection took, in milliseconds.")] double Ms,
    [Description("Why not.")] string? Because
);

/// <summary><c>tcp/connect@1</c>.</summary>
public sealed class TcpConnectAction(Outward outward) : IStepAction
{
    public string Name => "tcp/connect@1";

    public string Summary => "Looks whether somebody listens on a port. That nobody does is a result, no failure.";

    public Type Arguments => typeof(TcpConnectArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(TcpConnectResult),
            [new(FailureClass.NotSent, "The host is not allowed, or the address is none.")],
            """
            uses: tcp/connect@1
            with: { address: "db1.example.com:5432" }
            timeout: 5s
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"connect to {with.TextOf("address")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<TcpConnectArguments>(ActionJson.Options)!;
        if (HostAndPort.Parse(arguments.Address, 0) is not { Port: > 0 } place)
            return new ActionResult.Failed(FailureClass.NotSent, $"'{arguments.Address}' is no address. Write host:port.");
        var begun = outward.Time.GetTimestamp();
        try
        {
            using var socket = await outward.ConnectAsync(place.Host, place.Port, cancel);
            return ActionResult.Success(new TcpConnectResult(true, Elapsed(), null));
        }
        catch (HostNotAllowedException denied)
        {
            return new ActionResult.Failed(FailureClass.NotSent, denied.Message);
        }
        catch (SocketException fault)
        {
            return ActionResult.Success(new TcpConnectResult(false, Elapsed(), fault.Message));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ActionResult.Success(new TcpConnectResult(false, Elapsed(), "no answer in time"));
        }

        double Elapsed() => Math.Round(outward.Time.GetElapsedTime(begun).TotalMilliseconds, 1);
    }
}
