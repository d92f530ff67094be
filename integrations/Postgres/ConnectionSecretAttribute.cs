using System.Data.Common;
using Runbooks.Actions;
using Runbooks.Secrets;

namespace Integrations.Postgres;

/// <summary>A connection string: all of it may be seen but its passwords.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class ConnectionSecretAttribute : Attribute, ISecretArgument
{
    public string Shown(string written)
    {
        try
        {
            var about = new DbConnectionStringBuilder { ConnectionString = written };
            foreach (var key in about.Keys!.OfType<string>().Where(IsPassword).ToList())
                about[key] = SecretMask.Stars;
            return about.ConnectionString;
        }
        catch (ArgumentException)
        {
            return SecretMask.Stars;
        }
    }

    // Npgsql knows Password, PSW, PWD and SSL Password; Passfile only names a file.
    internal static bool IsPassword(string key) =>
        key.Contains("password", StringComparison.OrdinalIgnoreCase) || key.ToUpperInvariant() is "PWD" or "PSW";
}
