using System.Data.Common;
using Npgsql;
using Runbooks.Actions;

namespace Integrations.Postgres;

/// <summary>A connection string that Npgsql can read. What is wrong with it is said by its keywords; its values may be secrets.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class ConnectionTextAttribute : ExplainedRuleAttribute
{
    private const string Form = "a connection string, as Host=db1.example.com;Database=shop;Username=incident";

    public override string? Problem(object? value)
    {
        DbConnectionStringBuilder given;
        try
        {
            given = new DbConnectionStringBuilder { ConnectionString = value?.ToString() };
        }
        catch (ArgumentException)
        {
            return Form;
        }

        var known = new NpgsqlConnectionStringBuilder();
        var hidden = false;
        foreach (var key in given.Keys!.OfType<string>())
        {
            var isKnown = known.ContainsKey(key);
            try
            {
                known[key] = given[key];
            }
            catch (ArgumentException)
            {
                return isKnown ? $"{Form}, and its '{key}' has a value that is none"
                    // What stands behind a ';' in a password that is not in quotes is a part of it.
                    : hidden ? $"{Form}, and a keyword behind the password is unknown: put a password with ';' or '=' in it in quotes"
                    : $"{Form}, and its keyword '{key}' is unknown: {Known}";
            }

            hidden |= ConnectionSecretAttribute.IsPassword(key);
        }

        return NamesOneHost(known) ? null : $"{Form}, and its Host has to be one host: no list, and no path of a socket";
    }

    private static bool NamesOneHost(NpgsqlConnectionStringBuilder about) =>
        about.Host is { Length: > 0 } host && !host.Contains(',') && host[0] is not ('/' or '@');

    private const string Known = "there are Host, Port, Database, Username, Password, SSL Mode, Root Certificate and others of Npgsql";

    public override string FormatErrorMessage(string name) => $"{name} a connection string";
}
