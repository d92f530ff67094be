using Bot.Alerts;
using YamlDotNet.RepresentationModel;

namespace Bot.Intake;

/// <summary>Reads <c>config/services.yaml</c>: which service stands on which.</summary>
internal sealed class ServiceFile : ConfigFile
{
    private ServiceFile(string file)
        : base(file) { }

    public static (ServiceTree Services, IReadOnlyList<ConfigProblem> Problems) Read(string file, string text)
    {
        var reading = new ServiceFile(file);
        var services = reading.Services(text);
        return (new ServiceTree(services), reading.Problems);
    }

    private Dictionary<string, IReadOnlyList<string>> Services(string text)
    {
        var services = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (Root(text) is not { } root)
            return services;
        foreach (var (_, list) in Pairs(root, ["services"]))
        {
            foreach (var (service, about) in Pairs(list, []))
            {
                var parents = new List<string>();
                foreach (var (_, value) in Pairs(about, ["stands-on"]))
                    parents.AddRange((value is YamlSequenceNode several ? several.Children : [value]).Select(Text));
                if (parents.Contains(service))
                    Problem(about, $"The service '{service}' cannot stand on itself.");
                services[service] = parents;
            }
        }

        return services;
    }
}
