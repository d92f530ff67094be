using System.Net;
using System.Net.Sockets;
using System.Text;

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

    /// <returns>What would be right in place of an entry that no host fits; null: one may.</returns>
    public static string? Fix(string text)
    {
        var entry = text.Trim();
        if (entry.Length == 0 || IPNetwork.TryParse(entry, out _))
            return null;
        // As a name it would be one that no host has; and .NET takes 10.0.1 for 10.0.0.1.
        var name = entry.StartsWith("*.", StringComparison.Ordinal) ? entry[2..] : entry;
        var fits = IPAddress.TryParse(name, out var address)
            ? name == entry && (address.AddressFamily is AddressFamily.InterNetworkV6 || name.Count('.') == 3)
            : Uri.CheckHostName(name) is UriHostNameType.Dns && Ascii.IsValid(name);
        return fits
            ? null
            : "Write a host's name as db1.example.com, all below one as *.example.com, an address as 10.0.0.7 or a network as 10.0.0.0/8; "
                + "without a port, since all of a host's are allowed.";
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
