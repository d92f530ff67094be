using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Haproxy;

public sealed record HaproxyServersArguments(
    [Untainted]
    [HostAndPortText(HasUsualPort = true, OrPath = true)]
    [Description("Path of HAProxy's runtime socket, or `host:port`.")]
        string Socket,
    [Description("Only servers of this backend.")] string? Backend = null,
    [Description("Only this server.")] string? Server = null
);

public sealed record HaproxyServersResult(
    [Description("How many there are.")] int Count,
    [Description("How many of them take requests.")] int Up,
    [Description("The status, if there is exactly one; else nothing.")] string? Status,
    [Description("Whether it is drained, if there is exactly one; else nothing.")] bool? Drained,
    [Description("As HAProxy lists them.")] IReadOnlyList<HaproxyServerStatus> Servers
);

public sealed record HaproxyServerStatus(
    [Description("The backend.")] string Backend,
    [Description("The server's name in it.")] string Server,
    [Description("`UP`, `DOWN`, `MAINT`, `DRAIN`, `no check` and others.")] string Status,
    [Description("Whether it, or the one that it tracks, was drained; of one that is down its status does not say so.")] bool Drained,
    [Description("What the last health check found.")] string Check,
    [Description("Sessions that it has now.")] long Sessions,
    [Description("Requests that wait for it.")] long Queue
);

/// <summary><c>haproxy/servers@1</c>.</summary>
public sealed class HaproxyServersAction(Outward outward) : IStepAction
{
    private static readonly string[] Needed = ["pxname", "svname", "status", "type"];
    private static readonly string[] NeededOfStates = ["be_name", "srv_name", "srv_admin_state"];

    // Management guide, section 9.1: the others are of frontends and sockets.
    private const string BackendType = "1";
    private const string ServerType = "2";

    // The same, section 9.3: srv_admin_state, SRV_ADMF_FDRAIN and SRV_ADMF_IDRAIN.
    private const long DrainedStates = 0x08 | 0x10;

    public string Name => "haproxy/servers@1";

    public string Summary => "Lists the servers behind a HAProxy with their status.";

    public Type Arguments => typeof(HaproxyServersArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(HaproxyServersResult),
            HaproxyRuntime.Failures,
            """
            uses: haproxy/servers@1
            with: { socket: /run/haproxy/admin.sock, backend: web, server: web1 }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) =>
        $"list the servers of {with.TextOf("backend") ?? "all backends"} in HAProxy at {with.TextOf("socket")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<HaproxyServersArguments>(ActionJson.Options)!;
        return HaproxyRuntime.AskAsync(
            outward,
            call,
            arguments.Socket,
            "show stat;show servers state",
            answer => Read(answer, arguments, call),
            cancel
        );
    }

    private static ActionResult Read(string answer, HaproxyServersArguments arguments, ActionCall call)
    {
        // An empty line ends each of the two.
        var (stat, state) = answer.Split("\n\n", 2) is [var one, var other] ? (one, other) : (answer, "");
        // "# pxname,svname,…": the names of the columns; their order differs between versions.
        if (stat.Split('\n') is not [var head, .. var lines] || !head.StartsWith("# pxname,", StringComparison.Ordinal))
            return HaproxyRuntime.Refused(stat, call);
        var rows = Rows(head, lines, ',');
        if (Missing(rows, Needed) is { } missing)
            return NotHaproxy($"its table has lines without '{missing}'");
        if (state.Length == 0)
            return new ActionResult.Failed(FailureClass.Unknown, "the answer broke off before the states of the servers");
        // "1", the version of the form, and "# be_id be_name …".
        if (state.Split('\n') is not [_, var stateHead, .. var stateLines] || !stateHead.StartsWith("# be_id ", StringComparison.Ordinal))
            return HaproxyRuntime.Refused(state, call);
        var states = Rows(stateHead, stateLines, ' ');
        if (Missing(states, NeededOfStates) is { } missingState)
            return NotHaproxy($"its states of servers have lines without '{missingState}'");
        var drained = states
            .Where(row => (Number(row, "srv_admin_state") & DrainedStates) != 0)
            .Select(row => (row["be_name"], row["srv_name"]))
            .ToHashSet();
        var servers = rows.Where(row => row["type"] is ServerType)
            .Where(row => arguments.Backend is null || row["pxname"] == arguments.Backend)
            .Where(row => arguments.Server is null || row["svname"] == arguments.Server)
            .Select(row => new HaproxyServerStatus(
                row["pxname"],
                row["svname"],
                row["status"],
                drained.Contains((row["pxname"], row["svname"])),
                row.GetValueOrDefault("check_status", ""),
                Number(row, "scur"),
                Number(row, "qcur")
            ))
            .ToList();
        if (servers.Count == 0)
            return new ActionResult.Failed(FailureClass.Refused, $"HAProxy knows no {Unknown(arguments, rows)}");
        return ActionResult.Success(
            new HaproxyServersResult(
                servers.Count,
                servers.Count(one => one.Status.StartsWith("UP", StringComparison.Ordinal) || one.Status is "no check"),
                servers is [var only] ? only.Status : null,
                servers is [var single] ? single.Drained : null,
                servers
            )
        );
    }

    private static string Unknown(HaproxyServersArguments arguments, List<Dictionary<string, string>> rows)
    {
        if (arguments.Backend is not { } backend)
            return arguments.Server is { } one ? $"server '{one}'" : "server";
        if (!rows.Exists(row => row["type"] is BackendType && row["pxname"] == backend))
            return $"backend '{backend}'";
        return arguments.Server is { } server ? $"server '{server}' in backend '{backend}'" : $"server in backend '{backend}'";
    }

    private static List<Dictionary<string, string>> Rows(string head, IEnumerable<string> lines, char between)
    {
        var columns = head[2..].Split(between);
        return [.. lines.Select(line => Row(columns, line.Split(between)))];
    }

    private static Dictionary<string, string> Row(string[] columns, string[] fields) =>
        columns
            .Zip(fields)
            .DistinctBy(pair => pair.First, StringComparer.Ordinal)
            .ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);

    private static string? Missing(List<Dictionary<string, string>> rows, string[] needed) =>
        needed.FirstOrDefault(column => rows.Exists(row => !row.ContainsKey(column)));

    private static ActionResult.Failed NotHaproxy(string because) =>
        new(FailureClass.Refused, $"the answer is not HAProxy's: {because}. Is the socket that of a HAProxy?");

    private static long Number(Dictionary<string, string> row, string column) =>
        long.TryParse(row.GetValueOrDefault(column), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
