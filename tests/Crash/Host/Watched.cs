using System.Reflection;
using Bot.Desk;
using Bot.Log;
using Bot.Runs;
using Microsoft.Extensions.DependencyInjection;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;

namespace Tests.Crash.Host;

/// <summary>Puts crash points around what the container holds: the desk, the actions, the runner of scripts.</summary>
internal static class Watched
{
    public static void AddCrashPoints(this IServiceCollection services, CrashPoints points)
    {
        Wrap<IDesk>(services, desk => new WatchedDesk(desk, points));
        Wrap<IStepAction>(services, action => Proxy.Around(action, Calls(points)));
        Wrap<IScriptRunner>(services, runner => Proxy.Around(runner, Calls(points)));
    }

    private static Func<MethodInfo, object?[], Func<object?>, object?> Calls(CrashPoints points) =>
        (method, arguments, go) =>
            (method.Name, arguments) switch
            {
                (nameof(IStepAction.RunAsync), [ActionCall call, ..]) => CallAsync(points, call.Run, call.Step, go),
                (nameof(IScriptRunner.RunAsync), [ScriptCall call, ..]) => CallAsync(points, call.Run, call.Step, go),
                _ => go(),
            };

    private static async Task<ActionResult> CallAsync(CrashPoints points, string run, string step, Func<object?> go)
    {
        points.Pass(run, $"before the call of {step}");
        var result = await (Task<ActionResult>)go()!;
        points.Pass(run, $"after the call of {step}");
        return result;
    }

    /// <summary>Puts something around each part of a contract that the container holds.</summary>
    public static void Wrap<T>(this IServiceCollection services, Func<T, T> wrap)
        where T : class
    {
        for (var i = 0; i < services.Count; i++)
        {
            var known = services[i];
            if (known.ServiceType == typeof(T))
                services[i] = ServiceDescriptor.Singleton(provider => wrap((T)Made(provider, known)));
        }
    }

    private static object Made(IServiceProvider provider, ServiceDescriptor known) =>
        known.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, known.ImplementationType!);
}

/// <summary>A contract whose members go through one function, so that contracts may grow without a change here.</summary>
public class Proxy : DispatchProxy
{
    private object inner = null!;
    private Func<MethodInfo, object?[], Func<object?>, object?> around = null!;

    public static T Around<T>(T inner, Func<MethodInfo, object?[], Func<object?>, object?> around)
        where T : class
    {
        var made = Create<T, Proxy>();
        var proxy = (Proxy)(object)made;
        (proxy.inner, proxy.around) = (inner, around);
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        around(targetMethod!, args ?? [], () => targetMethod!.Invoke(inner, BindingFlags.DoNotWrapExceptions, null, args, null));
}

/// <summary>Every journal write: whatever work appends facts of a run or asks for it to be woken.</summary>
internal sealed class WatchedDesk(IDesk inner, CrashPoints points) : IDesk, IAsyncDisposable
{
    public async Task<T> SubmitAsync<T>(DeskWork<T> work, CancellationToken cancel)
    {
        var watched = new Work<T>(work, points) { Key = work.Key };
        var answer = await inner.SubmitAsync(watched, cancel);
        if (watched.Written is var (run, what))
            points.Pass(run, $"after the commit of {what}");
        return answer;
    }

    public ValueTask DisposeAsync() => inner is IAsyncDisposable disposable ? disposable.DisposeAsync() : ValueTask.CompletedTask;

    private sealed class Work<T>(DeskWork<T> inner, CrashPoints points) : DeskWork<T>
    {
        public (string Run, string What)? Written { get; private set; }

        public override T Decide(IDraft draft)
        {
            var facts = new List<string>();
            string? run = null;
            var seen = Proxy.Around(
                draft,
                (_, arguments, go) =>
                {
                    switch (arguments)
                    {
                        case [StreamId { IsRun: true } stream, RunFact fact, ..]:
                            run = stream.Value;
                            facts.Add(NameOf(fact));
                            break;
                        case [Effect { Payload: WakeRun wake }]:
                            run = wake.Run;
                            facts.Add("a wake");
                            break;
                    }

                    return go();
                }
            );
            var answer = inner.Decide(seen);
            Written = run is null ? null : (run, string.Join(", ", facts));
            if (Written is var (of, what))
                points.Pass(of, $"before the commit of {what}");
            return answer;
        }

        public override void Prefetch(Bot.Storage.LogWants wanted) => inner.Prefetch(wanted);

        public override bool Keeps(T answer) => inner.Keeps(answer);

        public override string WriteAnswer(T answer) => inner.WriteAnswer(answer);

        public override T ReadAnswer(string kept) => inner.ReadAnswer(kept);

        private static string NameOf(RunFact fact) =>
            fact switch
            {
                RunFact.StepStarted step => $"{step.Step} starts",
                RunFact.ProcessStarted process => $"{process.Step} has a process",
                RunFact.StepEnded step => $"{step.Step} {Words.Of(step.Outcome)}",
                RunFact.StepWaits step => $"{step.Step} waits",
                RunFact.Decided step => $"{step.Step} decided",
                RunFact.Ended end => $"the run {Words.Of(end.Phase)}",
                _ => FactFamilies.Catalog.NameOf(fact),
            };
    }
}
