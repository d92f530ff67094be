using Runbooks.Actions;

namespace Integrations;

/// <summary>The path of a file on the bot's machine, whatever folder the bot runs in.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class WholePathAttribute : TextFormAttribute
{
    protected override string Form => "a whole path, as /var/backups/etcd.db";

    protected override bool Fits(string text) => Path.IsPathFullyQualified(text);
}
