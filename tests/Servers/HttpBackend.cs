using System.Diagnostics;
using System.Globalization;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// A small real HTTP server as a process of its own, that answers "ok" to everything. A shell script starts it, here as well as
/// in a runbook: it is started once however often it is called, and each start is counted.
/// </summary>
internal sealed class HttpBackend : IDisposable
{
    private readonly string folder;

    public HttpBackend(string folder, string name)
    {
        this.folder = folder;
        Name = name;
        Port = Loopback.FreePort();
        Executable.Write(
            Answer,
            """
            #!/bin/sh
            while IFS= read -r line; do [ ${#line} -gt 1 ] || break; done
            printf 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n'
            """
        );
        // In a session of its own: it lives longer than the script that starts it, as a service does. "timeout" is for the case
        // that the tests are killed.
        Executable.Write(
            StartScript,
            $"""
            #!/bin/sh
            [ -e '{PidFile}' ] && kill -0 "$(cat '{PidFile}')" 2>/dev/null && exit 0
            echo started >> '{folder}/{name}.starts'
            rm -f '{PidFile}'
            setsid -f sh -c 'echo $$ > {PidFile}; exec timeout 900 socat TCP-LISTEN:{Port},bind=127.0.0.1,reuseaddr,fork EXEC:{Answer}' \
              </dev/null >/dev/null 2>&1
            # Until it has left our process group, which ends with us.
            until [ -s '{PidFile}' ]; do sleep 0.05; done
            """
        );
    }

    public string Name { get; }

    public int Port { get; }

    public string StartScript => $"{folder}/start-{Name}";

    public int Starts => File.Exists($"{folder}/{Name}.starts") ? File.ReadAllLines($"{folder}/{Name}.starts").Length : 0;

    private string PidFile => $"{folder}/{Name}.pid";

    private string Answer => $"{folder}/answer";

    public void Start()
    {
        using var start = Process.Start(StartScript);
        start.WaitForExit();
    }

    /// <summary>SIGKILL to the server and to what it forked.</summary>
    public void Kill()
    {
        if (!File.Exists(PidFile) || !int.TryParse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture, out var pid))
            return;
        using var kill = Process.Start("sh", ["-c", $"kill -9 -{pid} 2>/dev/null || true"]);
        kill.WaitForExit();
    }

    public void Dispose() => Kill();
}
