using System.Text;
using Microsoft.Extensions.Logging;

namespace Tests.Secrets;

/// <summary>Everything that is logged at any level, with exceptions and scopes.</summary>
internal sealed class CapturedLog : ILoggerProvider, ILogger
{
    private readonly StringBuilder written = new();

    public string Written
    {
        get
        {
            lock (written)
                return written.ToString();
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        lock (written)
            written.AppendLine(state.ToString());
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        lock (written)
            written.AppendLine(formatter(state, exception)).AppendLine(exception?.ToString());
    }

    public void Dispose() { }
}
