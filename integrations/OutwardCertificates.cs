using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Integrations;

/// <summary>
/// How a server's certificate is judged: by what it sends and what this machine, or the step, trusts. Nothing is fetched from addresses
/// that the certificate itself names (RFC 5280, section 4.2.2.1): a server could make the bot call a host that it may not.
/// </summary>
internal static class OutwardCertificates
{
    private const int MostNames = 5;

    /// <param name="authorities">Those that alone are trusted; none: those of this machine.</param>
    public static X509ChainPolicy Policy(X509Certificate2Collection? authorities = null)
    {
        var policy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        if (authorities is { Count: > 0 })
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }

    /// <summary>
    /// Has the server judged by these alone, as kubectl and curl do: one that another authority vouches for (an intermediate one) is as
    /// good an end of a chain as one that signed itself. Without any it is this machine that judges; the words are the same.
    /// </summary>
    public static void Trust(SslClientAuthenticationOptions options, X509Certificate2Collection authorities)
    {
        options.CertificateChainPolicy = Policy(authorities);
        options.RemoteCertificateValidationCallback = (_, _, chain, found) => IsTrusted(found, chain, authorities);
    }

    /// <summary>Why a server's certificate is not trusted; none: it is.</summary>
    /// <param name="found">What the platform found, which ends a chain only in a certificate that signed itself.</param>
    /// <param name="authorities">As for <see cref="Policy"/>.</param>
    public static IReadOnlyList<string> Problems(SslPolicyErrors found, X509Chain? chain, X509Certificate2Collection authorities)
    {
        var problems = new List<string>();
        if (found.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            problems.Add("the server shows none");
        if (found.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            problems.Add($"it is for another name{Names(chain)}");
        if (found.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            problems.AddRange(OfChain(chain, authorities));
        return [.. problems.Distinct(StringComparer.Ordinal)];
    }

    // Thrown, since for a plain no the platform has but a word of its own.
    private static bool IsTrusted(SslPolicyErrors found, X509Chain? chain, X509Certificate2Collection authorities)
    {
        var problems = Problems(found, chain, authorities);
        return problems.Count == 0 ? true : throw new UntrustedServerException(string.Join("; ", problems));
    }

    private static IEnumerable<string> OfChain(X509Chain? chain, X509Certificate2Collection authorities)
    {
        if (chain is null || chain.ChainStatus.Length == 0)
            return ["its chain cannot be built"];
        if (Anchor(chain, authorities) is not { } anchor)
            return chain.ChainStatus.Select(status => Words(status, chain));
        // Of the last certificate of a chain that has no end OpenSSL does not look at the time.
        var now = chain.ChainPolicy.VerificationTime;
        return anchor.NotBefore <= now && now <= anchor.NotAfter
            ? []
            : [$"its authority {anchor.Subject} is good from {anchor.NotBefore:yyyy-MM-dd} to {anchor.NotAfter:yyyy-MM-dd} alone"];
    }

    private static string Words(X509ChainStatus status, X509Chain chain) =>
        status.Status switch
        {
            X509ChainStatusFlags.NotTimeValid when NotInTime(chain) is { } one =>
                $"{one.Subject} {InTime(one, chain.ChainPolicy.VerificationTime)}",
            X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot => Unvouched(chain.ChainElements[^1].Certificate),
            _ => status.StatusInformation.Trim().TrimEnd('.'),
        };

    private static X509Certificate2? NotInTime(X509Chain chain) =>
        chain
            .ChainElements.FirstOrDefault(element =>
                element.ChainElementStatus.Any(status => status.Status is X509ChainStatusFlags.NotTimeValid)
            )
            ?.Certificate;

    private static string InTime(X509Certificate2 one, DateTime now) =>
        now > one.NotAfter ? $"expired on {one.NotAfter:yyyy-MM-dd}" : $"is good from {one.NotBefore:yyyy-MM-dd} on only";

    private static string Unvouched(X509Certificate2 last) =>
        IsItsOwnIssuer(last)
            ? $"nobody who is trusted vouches for it: {last.Subject} signed itself"
            : $"nobody who is trusted vouches for it: its issuer is {last.Issuer}";

    private static string Names(X509Chain? chain)
    {
        if (chain is not { ChainElements: [var shown, ..] })
            return "";
        var known = shown.Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string[] names = known is null ? [] : [.. known.EnumerateDnsNames(), .. known.EnumerateIPAddresses().Select(one => one.ToString())];
        return names.Length == 0
            ? $" ({shown.Certificate.Subject})"
            : $" ({string.Join(", ", names.Take(MostNames))}{(names.Length > MostNames ? ", …" : "")})";
    }

    /// <returns>The first of the chain that is one of these, byte for byte; null: there is none, or more is wrong up to it than that its own issuer is unknown.</returns>
    private static X509Certificate2? Anchor(X509Chain chain, X509Certificate2Collection authorities)
    {
        foreach (var element in chain.ChainElements)
        {
            if (element.ChainElementStatus.Any(status => status.Status is not X509ChainStatusFlags.PartialChain))
                return null;
            if (authorities.Any(one => one.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)))
                return element.Certificate;
        }

        return null;
    }

    private static bool IsItsOwnIssuer(X509Certificate2 one) => one.SubjectName.RawData.AsSpan().SequenceEqual(one.IssuerName.RawData);
}

/// <summary>Why no TLS was spoken with a server: it is not shown to be the one that is meant.</summary>
internal sealed class UntrustedServerException(string because)
    : AuthenticationException($"the server's certificate is not trusted: {because}");
