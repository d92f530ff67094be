using System.Security.Cryptography;
using System.Text;

namespace Integrations.Ssh;

/// <summary>
/// What is run on the other side. A shell in a session of its own says its process group and waits; the body comes by its input, so
/// that nobody sees it or its variables in the list of processes, and so that we know whether it can have begun. What the shell says
/// to us bears words that nobody can guess: the command's own output, or what it prints of somebody else's, is never taken for it.
/// </summary>
internal sealed class RemoteScript
{
    private const string Go = "#incident-go";

    // By it those are found that left the group for a session of their own.
    private const string Bearing = "INCIDENT_GROUP";

    // The watcher ends the whole group when our end of the channel closes; so does the shell itself once the body has ended, as nothing
    // that the body left in the background may live on. The word of the end comes by the input: the body could read that of the
    // beginning from the list of processes.
    private const string Wrapper = """
        echo "{0}$$" >&2
        read -r ends || exit 125
        script=$(head -c {1})
        case $script in *"{2}") ;; *) exit 125 ;; esac
        exec 3<&0 </dev/null
        ( unset script ends; cat <&3 >/dev/null; kill -9 -$$ ) >/dev/null 2>&1 &
        exec 3<&-
        export {3}=$$
        ( unset ends; eval "$script" )
        echo "$ends$?" >&2
        kill -9 -$$
        """;

    public RemoteScript(SshRunArguments arguments)
    {
        (Begins, Ends) = (Mark("group"), Mark("end"));
        var body = Encoding.UTF8.GetBytes(Text(arguments));
        var text = string.Format(null, CompositeFormat.Parse(Wrapper), Begins, body.Length, Go, Bearing);
        Command = $"exec setsid -w {(arguments.Shell is SshShell.Bash ? "bash" : "sh")} -c '{text}'";
        Input = [.. Encoding.UTF8.GetBytes(Ends + "\n"), .. body];
    }

    /// <summary>Before the number of the process group, in a line of the errors.</summary>
    public string Begins { get; }

    /// <summary>Before the exit code, as above.</summary>
    public string Ends { get; }

    public string Command { get; }

    public byte[] Input { get; }

    private static string Mark(string word) => $"incident-{word}-{RandomNumberGenerator.GetHexString(32, lowercase: true)}:";

    private static string Text(SshRunArguments arguments)
    {
        var text = new StringBuilder();
        // An input that was left out is null, and in an environment the empty text.
        foreach (var (name, value) in arguments.Env ?? [])
            text.Append("export ").Append(name).Append("='").Append(value?.Replace("'", @"'\''", StringComparison.Ordinal)).Append("'\n");
        text.Append(arguments.Shell is SshShell.Bash ? "set -eo pipefail\n" : "set -e\n");
        return text.Append(arguments.Command.ReplaceLineEndings("\n")).Append('\n').Append(Go).ToString();
    }

    /// <summary>The exit code of <see cref="End"/> on a host that does not tell which processes it has.</summary>
    public const int NobodyTells = 3;

    /// <summary>The same where it tells of its own account's processes alone: <c>hidepid</c> of /proc (proc(5)) hides even the first of all.</summary>
    public const int OthersHidden = 4;

    /// <summary>
    /// Asks the group to end, makes it end after two seconds, and tells who is left of it. Whom it started is looked for before that:
    /// one who left the group for a session of its own with an environment of its own (`sudo` makes one) is known by its parents alone,
    /// and these end. Linux tells it in /proc (proc(5), /proc/PID/stat); a small machine may have no ps, or one that knows no such columns.
    /// </summary>
    public static string End(int group) =>
        $$"""
            all() {
              cat /proc/[0-9]*/stat 2>/dev/null | awk '{ pid = $1; sub(/.*\) /, ""); if ($1 !~ /[ZX]/) print pid, $20, $2, $3, $4 }'
            }
            family() {
              {
                grep -lsz '^{{Bearing}}={{group}}$' /proc/[0-9]*/environ | cut -d / -f 3
                all
              } | awk '
                NF == 1 { of[$1]; next }
                { born[$1] = $2; parent[$1] = $3; session[$1] = $5; if ($4 == {{group}} || $5 == {{group}}) of[$1] }
                END {
                  do {
                    more = 0
                    for (pid in born) {
                      if (!(pid in of) && (parent[pid] in of || session[pid] in sessions)) { of[pid]; more = 1 }
                      if (pid in of && !(session[pid] in sessions)) { sessions[session[pid]]; more = 1 }
                    }
                  } while (more)
                  for (pid in born) if (pid in of) print pid, born[pid]
                }'
            }
            alive() { all | awk '$4 == {{group}} { n = 1 } END { exit !n }'; }
            before=$(family)
            kill -15 -{{group}} 2>/dev/null
            if ! all | grep -q .; then
              sleep 2
              kill -9 -{{group}} 2>/dev/null
              exit {{NobodyTells}}
            fi
            n=0
            while alive && [ $n -lt 60 ]; do
              n=$((n + 1))
              [ $n -lt 20 ] || kill -9 -{{group}} 2>/dev/null
              sleep 0.1
            done
            {
              echo "$before"
              family
              all
            } | awk 'NF == 2 { of[$1 " " $2] } NF == 5 && ($1 " " $2) in of { print $1 }' | while read -r pid; do
              [ -e "/proc/$pid" ] && echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
            done
            all | awk '$1 == 1 { n = 1 } END { exit n ? 0 : {{OthersHidden}} }'
            """;

    public static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '_');
}
