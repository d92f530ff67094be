using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Integrations;

/// <summary>Which hosts runbooks may call (<c>Runbooks:AllowedHosts</c>): names, <c>*.suffix</c>, addresses and networks.</summary>
public sealed class AllowedHosts
{
    public const string Setting = "Runbooks:AllowedHosts";

    private const string Forms =
        "Write a host's name as db1.example.com, all below one as *.example.com, an address as 10.0.0.7 or a network as 10.0.0.0/8; "
        + "without a port, since all of a host's are allowed.";

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

    /// <returns>What is wrong with an entry, behind its name, with what would be right; null: it is one.</returns>
    public static string? Fix(string text)
    {
        var entry = text.Trim();
        if (entry.Length == 0 || IPNetwork.TryParse(entry, out _))
            return null;
        var name = entry.StartsWith("*.", StringComparison.Ordinal) ? entry[2..] : entry;
        var isAddress = IPAddress.TryParse(name, out var address);
        if (isAddress && name == entry)
        {
            // Of fewer parts it is what hardly anybody means, and what a network looks like that is not finished.
            if (address!.AddressFamily is AddressFamily.InterNetworkV6 || name.Count('.') == 3)
                return null;
            return $"which is read as {address}. {Forms}";
        }

        return !isAddress && Uri.CheckHostName(name) is UriHostNameType.Dns && Ascii.IsValid(name) ? null : $"which no host fits. {Forms}";
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
