using System.Net;

namespace Integrations;

/// <summary>Which hosts runbooks may call (<c>Runbooks:AllowedHosts</c>): names, <c>*.suffix</c>, addresses and networks.</summary>
public sealed class AllowedHosts
{
    public const string Setting = "Runbooks:AllowedHosts";

    private readonly HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> suffixes = [];
    private readonly List<IPNetwork> networks = [];

    public AllowedHosts(IEnumerable<string> entries)
    {
        foreach (var entry in entries.Select(entry => entry.Trim()))
        {
            if (entry.StartsWith("*.", StringComparison.Ordinal))
                suffixes.Add(entry[1..]);
            else if (IPNetwork.TryParse(entry, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(entry, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (entry.Length > 0)
                names.Add(entry);
        }
    }

    /// <summary>Whether the name itself is allowed; then so is whatever address it has.</summary>
    public bool AllowsName(string host) =>
        names.Contains(host) || suffixes.Exists(suffix => host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the address that is about to be connected to is allowed.</summary>
    public bool AllowsAddress(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return networks.Exists(network => network.Contains(plain));
    }

    public static string Refusal(string host) => $"'{host}' is not among the allowed hosts. An operator adds it in {Setting}.";
}

public sealed class HostNotAllowedException(string host) : Exception(AllowedHosts.Refusal(host));
