using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Haproxy;

public sealed record HaproxySetServerArguments(
    [Untainted]
    [HostAndPortText(HasUsualPort = true, OrPath = true)]
    [Description("Path of HAProxy's runtime socket, or `host:port`; its level has to be `admin`.")]
        string Socket,
    [HaproxyName] [Description("The backend.")] string Backend,
    [HaproxyName] [Description("The server's name in it.")] string Server,
    [Description("`ready`: it takes requests; `drain`: no new ones; `maint`: none, and no health checks.")] HaproxyState State
);

public enum HaproxyState
{
    Ready,
    Drain,
    Maint,
}

/// <summary><c>haproxy/set-server@1</c>.</summary>
public sealed class HaproxySetServerAction(Outward outward) : IStepAction
{
    public string Name => "haproxy/set-server@1";

    public string Summary => "Drains a server behind a HAProxy, takes it out, or puts it back.";

    public Type Arguments => typeof(HaproxySetServerArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            HaproxyRuntime.Failures,
            """
            uses: haproxy/set-server@1
            with: { socket: /run/haproxy/admin.sock, backend: web, server: web1, state: drain }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        $"set {with.TextOf("backend")}/{with.TextOf("server")} to {with.TextOf("state")} in HAProxy at {with.TextOf("socket")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<HaproxySetServerArguments>(ActionJson.Options)!;
        var state = JsonNamingPolicy.KebabCaseLower.ConvertName(arguments.State.ToString());
        return await HaproxyRuntime.AskAsync(
            outward,
            call,
            arguments.Socket,
            $"set server {arguments.Backend}/{arguments.Server} state {state}",
            answer => answer.Length == 0 ? ActionResult.Success(new NoResult()) : HaproxyRuntime.Refused(answer, call),
            cancel
        );
    }
}
