namespace Integrations;

/// <summary>What a TLS server says when it hangs up (RFC 8446, section 6.2).</summary>
internal static class TlsAlert
{
    // OpenSSL's code of an error (ERR_PACK): of the library SSL, an alert that came in is the reason 1000 and its number.
    private const int First = (20 << 23) + 1000;

    /// <summary>
    /// That it does not take the client's certificate, or misses one. The handshake is not done for it then, although with TLS 1.3 it is
    /// for the client: it has read nothing of what the client sent after it.
    /// </summary>
    /// <returns>The alert's name, or null: it is about something else.</returns>
    public static string? OfClientCertificate(Exception? fault) =>
        Number(fault) switch
        {
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            48 => "unknown_ca",
            49 => "access_denied",
            116 => "certificate_required",
            _ => null,
        };

    /// <summary>Why it ended the handshake, for what is not about the client's certificate.</summary>
    /// <returns>A sentence's end, or null: it was no alert that did.</returns>
    public static string? OfHandshake(Exception? fault) =>
        Number(fault) switch
        {
            40 => "finds nothing in common with what is offered here, as ciphers (handshake_failure)",
            70 => "speaks no version of TLS that is spoken here (protocol_version)",
            71 => "wants stronger ciphers than are offered here (insufficient_security)",
            80 => "cannot go on by its own fault (internal_error)",
            112 => "has nothing for the name that is asked for (unrecognized_name)",
            { } other => $"ended it with the alert {other}",
            null => null,
        };

    private static int? Number(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault.HResult - First is >= 0 and <= byte.MaxValue and var number)
                return number;
        }

        return null;
    }
}
