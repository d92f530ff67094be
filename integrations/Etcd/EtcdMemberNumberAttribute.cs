using System.Globalization;
using Runbooks.Actions;

namespace Integrations.Etcd;

/// <summary>The number of a member, in hexadecimal.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class EtcdMemberNumberAttribute : TextFormAttribute
{
    public override string Pattern => "^[0-9a-fA-F]{1,16}$";

    protected override string Form => "a member's number, in hexadecimal, as etcd/members@1 lists it";

    /// <param name="text">One that fits.</param>
    public static ulong Read(string text) => ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    protected override bool Fits(string text) => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
}
