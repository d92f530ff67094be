using Runbooks.Actions;

namespace Integrations;

/// <summary>PEM of certificates, and not where they lie. Empty is not given.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CertificateTextAttribute : ExplainedRuleAttribute
{
    private const string Form = "the PEM of a certificate, whole and with its lines, from -----BEGIN CERTIFICATE----- on";

    // Often it is a secret by its input, of which a test of the runbook has another text.
    public override bool OnlyWrittenOut => true;

    public override string? Problem(object? value) =>
        value?.ToString() is not { } text || string.IsNullOrWhiteSpace(text) || TlsIdentity.HoldsCertificate(text) ? null : Form;

    public override string FormatErrorMessage(string name) => $"{name} {Form}";
}
