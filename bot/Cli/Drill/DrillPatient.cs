using Bot.Cli.Serving;

namespace Bot.Cli.Drill;

/// <summary>A small real HTTP service: <c>GET /health</c> tells how it is, <c>POST /restart</c> heals it, and it falls ill when told.</summary>
internal sealed class DrillPatient : IAsyncDisposable
{
    private readonly WebApplication app;
    private volatile bool ill;
    private int restarts;

    private DrillPatient(WebApplication app) => this.app = app;

    public string Address => ServeCommand.AddressOf(app);

    public bool IsWell => !ill;

    /// <summary>How often it was restarted: once, if the runbook does what it says.</summary>
    public int Restarts => Volatile.Read(ref restarts);

    public static async Task<DrillPatient> StartAsync(CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var patient = new DrillPatient(builder.Build());
        patient.app.Run(patient.AnswerAsync);
        await patient.app.StartAsync(cancel);
        return patient;
    }

    public void FallIll() => ill = true;

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Method, context.Request.Path.Value)
        {
            case ("GET", "/health"):
                context.Response.StatusCode = ill ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
                return context.Response.WriteAsync(ill ? "ill\n" : "ok\n");
            case ("POST", "/restart"):
                Interlocked.Increment(ref restarts);
                ill = false;
                return context.Response.WriteAsync("restarted\n");
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }
}
