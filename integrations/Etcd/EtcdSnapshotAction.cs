using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.Etcd;

public sealed record EtcdSnapshotArguments(
    [Untainted(UntaintedPart.Origin)] [HttpAddress] [Description("The member's client address.")] string Endpoint,
    [Untainted]
    [WholePath]
    [Description(
        "Whole path of the file on the bot's machine. One that is there is not overwritten; only what an attempt wrote whose answer was lost is taken as the step's own."
    )]
        string Path,
    [ByteSizeText(EtcdSnapshotArguments.LargestFile)]
    [Description(
        "What it may have at most, so that nobody fills the bot's disk. The quota of an etcd is 2 GB by default, and 8 GB are advised at most."
    )]
        string MaxBytes = "8GB"
) : EtcdCaller
{
    internal const string LargestFile = "1000GB";
}

public sealed record EtcdSnapshotResult(
    [Description("Where it lies.")] string Path,
    [Description("Its size.")] long Bytes,
    [Description("SHA-256 of what was written.")] string Sha256
);

/// <summary><c>etcd/snapshot@1</c>.</summary>
public sealed class EtcdSnapshotAction(Outward outward) : IStepAction
{
    // etcd sends the SHA-256 of all that came before it at the end.
    private const int HashLength = 32;

    public string Name => "etcd/snapshot@1";

    public string Summary => "Saves a snapshot of an etcd, for `etcdctl snapshot restore`.";

    public Type Arguments => typeof(EtcdSnapshotArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(EtcdSnapshotResult),
            [
                EtcdCalls.Reading[0],
                EtcdCalls.Reading[1],
                new(FailureClass.NotSent, "No whole answer came in time. Nothing is left of it."),
                new(
                    FailureClass.Refused,
                    "The file is there already, cannot be written, did not arrive whole, or has more than `max-bytes`. Nothing is left of it."
                ),
            ],
            """
            uses: etcd/snapshot@1
            with: { endpoint: "https://etcd1.example.com:2379", path: /var/backups/etcd-before-repair.db }
            timeout: 5m
            """
        );

    // Of the cluster nothing changes, and a file that is there stays.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        $"save a snapshot of etcd at {SafeAddress.Of(with.TextOf("endpoint"))} to {with.TextOf("path")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<EtcdSnapshotArguments>(ActionJson.Options)!;
        var most = ByteSize.Parse(arguments.MaxBytes, long.MaxValue)!.Value;
        var part = PartOf(arguments.Path, call);
        try
        {
            if (File.Exists(arguments.Path))
                return Kept(arguments.Path, call);
            // Until it has its name nothing is there that was not: the whole call is a look.
            var taken = await call.Reach.LookAsync(() => TakeAsync(call, part, most, cancel));
            return taken is ActionResult.Failed ? taken : Finish(part, arguments.Path, call);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new ActionResult.Failed(FailureClass.Refused, $"{arguments.Path} was not written: {fault.Message}");
        }
        finally
        {
            if (File.Exists(part))
                File.Delete(part);
        }
    }

    private Task<ActionResult> TakeAsync(ActionCall call, string part, long most, CancellationToken cancel) =>
        EtcdCalls.AskAsync(
            outward,
            call,
            async (etcd, headers) =>
            {
                // What a bot that was killed left there.
                File.Delete(part);
                await using var file = new FileStream(part, OwnersAlone());
                await etcd.Snapshot(new(), piece => Write(file, piece.Blob.Span, most), cancel, headers, null);
                return ActionResult.Success(new NoResult());
            },
            cancel,
            streams: true
        );

    // The step's own, so that it deletes what it made itself and nothing else: a file that is called PATH.part may be somebody's.
    private static string PartOf(string path, ActionCall call)
    {
        var step = SHA256.HashData(Encoding.UTF8.GetBytes($"{call.Run}/{call.Step}"));
        return $"{path}.{Convert.ToHexStringLower(step.AsSpan(0, 8))}.part";
    }

    // All that a cluster has is in it, in Kubernetes every secret.
    private static FileStreamOptions OwnersAlone()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private static void Write(FileStream file, ReadOnlySpan<byte> piece, long most)
    {
        if (file.Position + piece.Length > most)
            throw new IOException($"the snapshot has more than {ByteSize.Said(most)}: raise 'max-bytes' if that is right");
        file.Write(piece);
    }

    // Some file systems keep whole seconds.
    private static readonly TimeSpan Coarse = TimeSpan.FromSeconds(2);

    // Put in its place by an attempt whose end nobody recorded any more. An older one is somebody else's.
    private static ActionResult Kept(string path, ActionCall call) =>
        File.GetLastWriteTimeUtc(path) > call.LostSince?.UtcDateTime - Coarse && IsWhole(path)
            ? Saved(path, call)
            : new ActionResult.Failed(FailureClass.Refused, $"{path} is there already: it is not overwritten");

    private static ActionResult Finish(string part, string path, ActionCall call)
    {
        if (!IsWhole(part))
            return new ActionResult.Failed(FailureClass.Refused, $"the snapshot did not arrive whole ({new FileInfo(part).Length} bytes)");
        File.Move(part, path);
        return Saved(path, call);
    }

    private static ActionResult.Succeeded Saved(string path, ActionCall call)
    {
        using var file = File.OpenRead(path);
        call.Output($"{file.Length} bytes in {path}");
        return ActionResult.Success(new EtcdSnapshotResult(path, file.Length, Convert.ToHexStringLower(SHA256.HashData(file))));
    }

    private static bool IsWhole(string part)
    {
        using var file = File.OpenRead(part);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        var left = file.Length - HashLength;
        if (left <= 0)
            return false;
        while (left > 0)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        var told = new byte[HashLength];
        file.ReadExactly(told);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(told);
    }
}
