using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Tests.Servers;

/// <summary>What has become of the objects of a <see cref="KubernetesServer"/>, in order: each change has the next version, and whoever watches gets those after one.</summary>
internal sealed class KubernetesChanges
{
    private readonly List<(int Version, string Type, string Path, JsonObject Object)> all = [];
    private readonly Lock gate = new();
    private TaskCompletionSource more = New();

    public int Version { get; private set; } = 100;

    /// <param name="type">As <c>MODIFIED</c>.</param>
    public void Add(string type, string path, JsonObject one)
    {
        lock (gate)
        {
            one["metadata"]!["resourceVersion"] = $"{++Version}";
            all.Add((Version, type, path, one.DeepClone().AsObject()));
            more.SetResult();
            more = New();
        }
    }

    public async IAsyncEnumerable<(string Type, string Path, JsonObject Object)> AfterAsync(
        int version,
        [EnumeratorCancellation] CancellationToken cancel
    )
    {
        while (true)
        {
            List<(int Version, string Type, string Path, JsonObject Object)> news;
            Task next;
            lock (gate)
                (news, next) = (all.Where(one => one.Version > version).ToList(), more.Task);
            foreach (var (seen, type, path, one) in news)
            {
                version = seen;
                yield return (type, path, one);
            }

            if (news.Count == 0)
                await next.WaitAsync(cancel);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
