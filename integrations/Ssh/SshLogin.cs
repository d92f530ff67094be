using System.Security.Cryptography;
using System.Text;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Integrations.Ssh;

/// <summary>Whom to be, where, and which keys the host may show. Two that are equal may share a connection.</summary>
/// <param name="Proof">A hash of what proves who we are: connections are kept by it, secrets are not.</param>
internal sealed record SshLogin(string Host, int Port, string User, string Proof, SshHostKeys HostKeys)
{
    private Func<AuthenticationMethod> method = null!;

    public string Where => Port == 22 ? $"{User}@{Host}" : $"{User}@{Host}:{Port}";

    /// <exception cref="SshRefusedException">Something is missing or cannot be read; the message says what.</exception>
    public static SshLogin Of(SshRunArguments arguments, SshKnownHosts known)
    {
        var keys = known.For(arguments.Host, arguments.Port, arguments.HostKeys);
        if (arguments.Key is null == arguments.Password is null)
            throw new SshRefusedException("Give 'key' or 'password', one of them.");
        var proof = Convert.ToHexString(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{arguments.Key}\0{arguments.Passphrase}\0{arguments.Password}"))
        );
        return new SshLogin(arguments.Host, arguments.Port, arguments.User, proof, keys) { method = Method(arguments) };
    }

    public AuthenticationMethod Method() => method();

    // Of the method's delegate nothing is compared: the hash stands for it.
    public bool Equals(SshLogin? other) =>
        other is not null
        && (Host, Port, User, Proof) == (other.Host, other.Port, other.User, other.Proof)
        && HostKeys.Equals(other.HostKeys);

    public override int GetHashCode() => HashCode.Combine(Host, Port, User, Proof);

    private static Func<AuthenticationMethod> Method(SshRunArguments arguments)
    {
        if (arguments.Key is not { } key)
            return () => new PasswordAuthenticationMethod(arguments.User, arguments.Password!);
        try
        {
            // A key that was pasted may lack the line break at its end, which the format wants.
            var file = new PrivateKeyFile(new MemoryStream(Encoding.ASCII.GetBytes(key.Trim() + "\n")), arguments.Passphrase);
            return () => new PrivateKeyAuthenticationMethod(arguments.User, file);
        }
        catch (SshPassPhraseNullOrEmptyException)
        {
            throw new SshRefusedException("The private key is encrypted. Give its 'passphrase'.");
        }
        // What is no key breaks the client's readers in many ways, and so does a wrong passphrase.
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Its own words may quote the key.
            throw new SshRefusedException(
                arguments.Passphrase is { Length: > 0 }
                    ? "'key' cannot be read with this 'passphrase'. Give the one that it was encrypted with; if that is right, the key is no private key as ssh-keygen writes it."
                    : "'key' is no private key that can be read. Use one as ssh-keygen writes it."
            );
        }
    }
}

/// <summary>It cannot begin; the message is for people.</summary>
internal sealed class SshRefusedException(string message) : Exception(message);
