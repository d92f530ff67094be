using Tests.Storage;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// A machine by ssh whose <c>/var/log</c>, <c>/var/cache/apt</c> and <c>/var/tmp</c> lie on a file system of a few megabytes: the real programs clean
/// there, and nowhere else, since only its sessions see it there. Its tmpfiles.d(5) lets what lies in <c>/var/tmp</c> go after thirty days, but one file.
/// <c>/tmp</c> is this machine's own. Needs root.
/// </summary>
internal sealed class SmallMachine : IDisposable
{
    /// <summary>Of a file that is deleted and still open in this process.</summary>
    public const int OpenBytes = 300_000;

    public const int Most = 10_000;

    private readonly SmallDisk disk;
    private readonly string folder;
    private FileStream? open;

    /// <param name="most">How many files it can have.</param>
    public SmallMachine(string folder, int most = Most)
    {
        this.folder = folder;
        disk = new SmallDisk(megabytes: 8, most);
        foreach (var one in (string[])["log/audit", "log/journal/" + Id, "apt/archives/partial", "tmp"])
            Directory.CreateDirectory($"{disk.Folder}/{one}");
        var bin = Directory.CreateDirectory(folder + "/bin").FullName;
        Executable.Write(bin + "/sudo", $"#!/bin/sh\necho \"$*\" >> '{folder}/as-root'\nexec \"$@\"\n");
        var rules = Directory.CreateDirectory(folder + "/tmpfiles.d").FullName;
        // By the times that a test can set: that of the inode's change is always now.
        File.WriteAllText(rules + "/tmp.conf", "q /var/tmp 1777 root root am:30d\nx /var/tmp/kept\n");
        Ssh = new SshServer(
            folder,
            bin,
            $"""
            mount --bind '{disk.Folder}/log' /var/log
            mount --bind '{disk.Folder}/apt' /var/cache/apt
            mount --bind '{disk.Folder}/tmp' /var/tmp
            mount --bind '{rules}' /etc/tmpfiles.d
            """
        );
    }

    public SshServer Ssh { get; }

    /// <summary>What was done by sudo.</summary>
    public IEnumerable<string> AsRoot => File.Exists(folder + "/as-root") ? File.ReadAllLines(folder + "/as-root") : [];

    public IEnumerable<string> Files =>
        Directory
            .GetFiles(disk.Folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(disk.Folder, file))
            .Order(StringComparer.Ordinal);

    public static IReadOnlyList<string> Needed { get; } = ["log/app.log", "log/audit/audit.log.1", Journal(2), "tmp/kept", "tmp/new"];

    private static string Id => new('a', 32);

    /// <summary>More than nine tenths, with a little of everything that one finds on a disk.</summary>
    public void Fill()
    {
        Write("log/app.log", 200_000, daysAgo: 0);
        Write("log/syslog.1", 1_000_000, daysAgo: 5);
        Write("log/syslog.2.gz", 1_000_000, daysAgo: 6);
        Write("log/audit/audit.log.1", 20_000, daysAgo: 60);
        Write(Journal(1), 1_600_000, daysAgo: 20);
        Write(Journal(2), 300_000, daysAgo: 1);
        Write("apt/archives/shop_1.0_all.deb", 2_000_000, daysAgo: 3);
        Write("tmp/old", 1_300_000, daysAgo: 60);
        Write("tmp/kept", 20_000, daysAgo: 60);
        Write("tmp/new", 100_000, daysAgo: 1);
        open = File.Create(disk.Folder + "/log/deleted");
        open.Write(new byte[OpenBytes]);
        open.Flush();
        File.Delete(open.Name);
    }

    /// <summary>With next to nothing in them, until it can have no more.</summary>
    public void FillWithFiles()
    {
        var sessions = Directory.CreateDirectory(disk.Folder + "/log/sessions").FullName;
        for (var each = 0; ; each++)
        {
            try
            {
                File.WriteAllBytes($"{sessions}/{each}", []);
            }
            catch (IOException)
            {
                return;
            }
        }
    }

    public void Dispose()
    {
        Ssh.Dispose();
        open?.Dispose();
        disk.Dispose();
    }

    // One that was put away, as journald names it (systemd's docs/JOURNAL_FILE_FORMAT.md): sequence, first number, first moment.
    private static string Journal(int number) => $"log/journal/{Id}/system@{Id}-{number:x16}-{0x5f00000000000 + number:x16}.journal";

    private void Write(string name, int bytes, int daysAgo)
    {
        var file = $"{disk.Folder}/{name}";
        // A journal of zeros would be taken for one that has no entries.
        File.WriteAllBytes(file, [.. Enumerable.Repeat((byte)1, bytes)]);
        var at = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-daysAgo);
        File.SetLastWriteTimeUtc(file, at);
        File.SetLastAccessTimeUtc(file, at);
    }
}
