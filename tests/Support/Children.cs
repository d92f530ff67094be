using System.Collections.Concurrent;
using System.Diagnostics;

namespace Tests.Support;

/// <summary>
/// Starts child processes that are to die with this one. The parent-death signal is sent when the <i>thread</i> that started
/// the child ends (prctl(2), PR_SET_PDEATHSIG), and threads of the pool come and go: so all are started by one that stays.
/// </summary>
internal static class Children
{
    private static readonly BlockingCollection<Action> Wanted = StartThread();

    /// <param name="start">With <c>setpriv --pdeathsig KILL</c> as its program.</param>
    public static Process Start(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Wanted.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> StartThread()
    {
        var wanted = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (var start in wanted.GetConsumingEnumerable())
                start();
        })
        {
            IsBackground = true,
            Name = "children",
        };
        thread.Start();
        return wanted;
    }
}
