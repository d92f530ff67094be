using System.Text;

namespace Tests.Cli;

/// <summary>What a command has written so far; read while it writes.</summary>
internal sealed class Heard : TextWriter
{
    private readonly StringBuilder text = new();
    private readonly Lock gate = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        lock (gate)
            text.Append(value);
    }

    public override void Write(string? value)
    {
        lock (gate)
            text.Append(value);
    }

    public override string ToString()
    {
        lock (gate)
            return text.ToString();
    }
}
