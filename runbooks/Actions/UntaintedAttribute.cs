namespace Runbooks.Actions;

/// <summary>
/// On a parameter of an arguments record: it says where a call goes or what is executed, so nothing that an alert or a chat
/// message brought may form it. A runbook that tries is refused when it is read.
/// </summary>
/// <param name="part">What of the text is meant.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class UntaintedAttribute(UntaintedPart part = UntaintedPart.All) : Attribute
{
    public UntaintedPart Part { get; } = part;
}

public enum UntaintedPart
{
    All,

    /// <summary>Scheme, host and port of an address; its path and query may carry anything.</summary>
    Origin,
}
