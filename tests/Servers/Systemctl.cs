using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// Stands for a machine's systemd, which no test may command: units are files, and each verb that changes one is written down. <c>sudo</c> is
/// for an account that may do everything anyhow.
/// </summary>
internal sealed class Systemctl
{
    private readonly string units;

    public Systemctl(string folder)
    {
        Bin = Directory.CreateDirectory(folder + "/bin").FullName;
        units = Directory.CreateDirectory(folder + "/units").FullName;
        Executable.Write(Bin + "/sudo", "#!/bin/sh\nexec \"$@\"\n");
        Executable.Write(
            Bin + "/systemctl",
            $"""
            #!/bin/sh
            case "$1" in
              is-active) [ "$2" = --quiet ] && shift; test -e '{units}'/"$2"; exit ;;
              show) if test -e '{units}'/"$4"; then echo active; else echo inactive; fi; exit ;;
              start|restart|reload) touch '{units}'/"$2" ;;
              stop) rm -f '{units}'/"$2" ;;
            esac
            echo "$*" >> '{units}.log'
            """
        );
    }

    /// <summary>A folder of programs for the account's PATH.</summary>
    public string Bin { get; }

    /// <summary>What it was told to change, as <c>start worker@5</c>.</summary>
    public IReadOnlyList<string> Commanded => File.Exists(units + ".log") ? File.ReadAllLines(units + ".log") : [];

    public IEnumerable<string> Running => Directory.GetFiles(units).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    /// <summary>As if somebody had started it before.</summary>
    public void Start(string unit) => File.WriteAllText($"{units}/{unit}", "");
}
