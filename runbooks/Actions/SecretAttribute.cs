using Runbooks.Secrets;

namespace Runbooks.Actions;

/// <summary>
/// Of an attribute: the argument may hold a secret. One that comes from an expression is shown as where it is kept (<c>env:REPLICA_DB</c>);
/// of one that somebody has written out people see what this says.
/// </summary>
public interface ISecretArgument
{
    string Shown(string written);
}

/// <summary>All of it is a secret.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute, ISecretArgument
{
    public string Shown(string written) => SecretMask.Stars;
}
