namespace Tests.FakeSlack;

/// <summary>What goes wrong with a call, on purpose.</summary>
internal abstract record Fault
{
    private Fault() { }

    /// <summary>429 with <c>Retry-After</c>; nothing happens.</summary>
    public sealed record RateLimited(int Seconds = 1) : Fault;

    /// <summary>A bare HTTP status, as a 503 of a proxy; nothing happens.</summary>
    public sealed record Status(int Code) : Fault;

    /// <summary><c>ok: false</c> with an error of Slack's, as <c>fatal_error</c>; nothing happens.</summary>
    public sealed record Refused(string Error) : Fault;

    /// <summary>The connection ends before anything happened.</summary>
    public sealed record Dropped : Fault;

    /// <summary>It happened, but the connection ends before the answer.</summary>
    public sealed record AnswerLost : Fault;

    /// <summary>All goes well, but takes its time.</summary>
    public sealed record Late(TimeSpan By) : Fault;

    /// <summary>All goes well, but not before something else has happened.</summary>
    public sealed record Held(Task Until) : Fault;

    /// <summary>No answer until the caller gives up.</summary>
    /// <param name="Happens">Whether it takes effect all the same.</param>
    public sealed record Hangs(bool Happens) : Fault;
}

/// <summary>Which calls fail: a queue by method, a rule over all of them, and a switch for the whole of Slack.</summary>
internal sealed class Faults
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<Fault>> queued = [];

    /// <summary>Looked at after the queues; null: the call goes well.</summary>
    public Func<string, Fault?>? Rule { get; set; }

    /// <summary>As <see cref="Rule"/>, by all that is sent; looked at first.</summary>
    public Func<Call, Fault?>? CallRule { get; set; }

    /// <summary>Nothing answers: HTTP calls are cut off, sockets are refused.</summary>
    public bool IsDown { get; set; }

    /// <summary>The next calls of a method fail like this, one each.</summary>
    public void Next(string method, params Fault[] faults)
    {
        lock (gate)
        {
            if (!queued.TryGetValue(method, out var queue))
                queued[method] = queue = new Queue<Fault>();
            foreach (var fault in faults)
                queue.Enqueue(fault);
        }
    }

    public Fault? Take(Call call) => CallRule?.Invoke(call) ?? Take(call.Method);

    public Fault? Take(string method)
    {
        lock (gate)
        {
            return queued.TryGetValue(method, out var queue) && queue.TryDequeue(out var fault) ? fault : Rule?.Invoke(method);
        }
    }
}
