using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Tests.Support;

/// <summary>A real HTTP server that holds each call until the test answers it.</summary>
internal sealed class Bell : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly WebApplication app;
    private readonly Channel<Call> calls = Channel.CreateUnbounded<Call>();

    private Bell(WebApplication app) => this.app = app;

    public string Address => app.Urls.First();

    /// <summary>Calls that have come and were not looked at yet.</summary>
    public int Waiting => calls.Reader.Count;

    public static async Task<Bell> StartAsync()
    {
        var bell = new Bell(Loopback.Web().Build());
        bell.app.Run(bell.RingAsync);
        await bell.app.StartAsync();
        return bell;
    }

    /// <summary>The next call, in the order of their arrival.</summary>
    public async Task<Call> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await calls.Reader.ReadAsync(patience.Token);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task RingAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var call = new Call(
            $"{context.Request.Method} {context.Request.Path}",
            context.Request.Headers["Idempotency-Key"].ToString(),
            await reader.ReadToEndAsync()
        );
        await calls.Writer.WriteAsync(call);
        // A caller that was killed or has given up is not waited for.
        try
        {
            context.Response.StatusCode = await call.Status.WaitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            call.IsCut = true;
            throw;
        }
    }

    internal sealed record Call(string Line, string Key, string Body)
    {
        private readonly TaskCompletionSource<int> status = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<int> Status => status.Task;

        /// <summary>Whoever made it has hung up before it was answered.</summary>
        public bool IsCut { get; set; }

        public void Answer(int code) => status.TrySetResult(code);
    }
}
