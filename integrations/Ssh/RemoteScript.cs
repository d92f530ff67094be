using System.Security.Cryptography;
using System.Text;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Ssh;

/// <summary>
/// What is run on the other side. A shell in a session of its own says its process group and waits; the body comes by its input, so
/// that nobody sees it or its variables in the list of processes, and so that we know whether it can have begun. What the shell says
/// to us bears words that nobody can guess: the command's own output, or what it prints of somebody else's, is never taken for it.
/// </summary>
internal sealed class RemoteScript
{
    private const string Go = "#incident-go";

    // By it those are found that left the session for one of their own.
    private const string Bearing = "INCIDENT_GROUP";

    // Tenths of a second for what a command does when it is asked to end, and until nobody waits any more for who does not.
    private const int Grace = 20;
    private const int Patience = 35;

    // The watcher ends the whole session when our end of the channel closes. It asks first: of what `sudo` runs, which only `sudo` may end, it is
    // asked to, and killed itself it could not pass it on. Its own session is one that the command cannot end by ending its group. Once the body has ended the shell ends what the
    // body left in the background, and then says so at the end of both streams: what came before it was all of the command's. The word of
    // the end comes by the input: the body could read that of the beginning from the list of processes. Who watches or ends names the session,
    // so that it is not taken for one of the command's. The watcher holds the reading end of both streams, too (proc(5), /proc/pid/fd): else
    // SIGPIPE would end, before its `trap`, whoever writes when the connection is gone, as a shell does when a command of its own was ended.
    private const string Wrapper = """
        {{ read -r stat </proc/$$/stat; }} 2>/dev/null
        set -- ${{stat##*) }}
        echo "born-{0}${{20}}" >&2
        set --
        echo "{0}$$" >&2
        read -r ends || exit 125
        given=$(head -c {1})
        case $given in *"{2}") ;; *) exit 125 ;; esac
        eval "$given"
        exec 3<&0 </dev/null
        INCIDENT_WATCHES=$$ setsid sh -c "command exec 7</proc/$$/fd/1; command exec 8</proc/$$/fd/2; cat >/dev/null; $tools" sh end $$ 0 0 {4} {5} <&3 >/dev/null 2>&1 &
        watcher=$!
        exec 3<&-
        export {3}=$$
        ( unset stat ends given tools watcher; eval "$script" )
        code=$?
        echo "done-$ends$code" >&2
        INCIDENT_WATCHES=$$ setsid -w sh -c "$tools" sh end $$ $$ $watcher {4} {5} >&2 2>/dev/null <<!
        left-$ends
        !
        case $? in 0 | 4) ;; *) echo "untold-$ends" >&2 ;; esac
        echo "$ends$code"
        echo "$ends$code" >&2
        kill -9 -$watcher
        kill -9 -$$
        """;

    // Ends everything of a session, whatever process group it is in: `timeout` begins one of its own, and so does each job under `set -m`.
    // Whoever left for a session of his own was meant to live on. Whom it started is looked for before that: one who left with an
    // environment of its own (`sudo` makes one) is known by its parents alone, and these end. Linux tells it in /proc (proc(5),
    // /proc/PID/stat); a small machine may have no ps, or one that knows no such columns.
    // Everybody is asked once: whoever is there at first, at once, and whoever came later, as what a `trap` runs, when the time for it is over, a look
    // before he is ended. The session's own shell has nothing to tidy up. It is stopped, since its end would set the watcher to ask again, and
    // ended last; who finds it stopped knows that another one has asked.
    //   end SESSION WAITING WATCHER GRACE PATIENCE: WAITING is the shell of the session that waits for this, and gives it the mark for its word, or 0.
    //   A look that was cut short, as where no process can be made, lacks its last word: then nobody knows who is left, and it ends with 3.
    //   Both times are in tenths of a second from when they were asked, by the clock of /proc (proc(5), /proc/uptime): on a busy host a look takes
    //   long. However long it takes, everybody is asked and then ended. One that finds them asked leaves the other a second to have done so.
    //   earlier RUN STEP PATIENCE SESSION:BORN…: the sessions of earlier attempts of the step: those that are known, by when their shell was
    //   born, and those in which somebody bears its names. Of another account's processes nobody reads their environment, but everybody whose
    //   session they are in. Who watches is told by its words as well: in the middle of its exec(2) it has no environment.
    private const string Tools = """
        all() {
          cat /proc/[0-9]*/stat 2>/dev/null | awk '{ pid = $1; sub(/.*\) /, ""); if ($1 !~ /[ZX]/) print pid, $20, $2, $3, $4, $1 } END { if (NR) print "whole" }'
        }
        stands() {
          read -r line <"/proc/$1/stat" || line=
          set -- ${line##*) }
          state=$1 session=$4
        } 2>/dev/null
        now() {
          if read -r up idle </proc/uptime; then
            up=${up%?}
            at=$((${up%.*} * 10 + ${up#*.}))
          else
            at=$((at + 1))
          fi
        } 2>/dev/null
        stands $$
        own=$session
        members() {
          all | awk -v session="$1" -v waiting="$2" -v watcher="$3" '
            $5 == session && $1 != waiting && $1 != watcher { printf "%s ", $1 }
            $1 == "whole" { print $1 }'
        }
        family() {
          {
            grep -HszFx -e "INCIDENT_GROUP=$1" -e "INCIDENT_WATCHES=$1" /proc/[0-9]*/environ | tr '\0/' '\n '
            all
          } | awk -v first="$1" -v watcher="$3" -v own="$own" '
            NF == 1 { next }
            NF == 3 { if ($3 ~ /WATCHES/) watches[$2]; else of[$2]; next }
            $5 == own || $5 == watcher || $1 == watcher || $1 in watches { next }
            { born[$1] = $2; parent[$1] = $3; session[$1] = $5; if ($5 == first) of[$1] }
            END {
              for (pid in watches) delete of[pid]
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
        told() {
          while read -r how pid; do
            [ $how != whole ] || { echo whole; break; }
            line=$(tr '\0\n\t' '   ' <"/proc/$pid/cmdline") || continue
            case $line in *'sh -c all() {'*) ;; *) echo "$how $pid $line" ;; esac
          done 2>/dev/null
        }
        end() {
          [ "$2" = 0 ] || read -r mark
          before=$(family "$@")
          stage=asks
          asked=" $1 "
          stands "$1"
          now
          begun=$at
          [ "$2" != 0 ] || case $session-$state in
            "$1-T") stage=waits begun=$((at + 10)) ;;
            "$1"-[!ZX]) kill -STOP "$1" ;;
          esac
          while look=$(members "$@"); [ "$look" != whole ] && [ $stage-$((at - begun < $5)) != ended-0 ]; do
            pids=${look%whole}
            [ $stage-$((at - begun < $4)) != waits-0 ] || stage=asks-again
            for pid in $pids; do
              case $asked in *" $pid "*) signal=9 ;; *) signal=15 ;; esac
              if [ "$look" = "$1 whole" ]; then
                kill -9 $pid
              else
                case $stage$signal in
                  asks15 | asks-again*) [ $pid = "$1" ] || kill -$signal $pid; asked="$asked$pid " ;;
                  end*) kill -9 $pid ;;
                esac
              fi
            done 2>/dev/null
            case $stage in
              asks) now; begun=$at stage=waits ;;
              asks-again) stage=ends ;;
              ends) stage=ended ;;
            esac
            sleep 0.1
            now
          done
          left=$(
            {
              echo "$before"
              [ $stage = asks ] || family "$@"
              all
            } | awk -v session="$1" -v waiting="$2" '
              NF == 2 { of[$1 " " $2] }
              NF == 6 && ($1 " " $2) in of && $1 != waiting { print ($5 == session ? "stays" : "lives"), $1 }
              $1 == "whole" { whole = 1 }
              END { if (whole) print "whole 0" }' | told
          )
          case $look in *whole) ;; *) untold=1 ;; esac
          case $left in *whole) left=${left%whole} ;; *) untold=1 ;; esac
          [ -z "$left" ] || echo "$mark$(echo "$left" | { [ "$2" = 0 ] && cat || tr '\n' '\t'; })"
        }
        bearers() {
          grep -lszFx "INCIDENT_STEP=$2" $(grep -lszFx "INCIDENT_RUN=$1" /proc/[0-9]*/environ) /dev/null | cut -d / -f 3
        }
        known() {
          for one in "$@"; do
            all | awk -v session="${one%:*}" -v born="${one#*:}" '
              NF == 1 { next }
              $1 == session { if ($2 != born) other = 1; else ours = 1 }
              $5 == session && $2 >= born { print $1 }
              END { if (ours) print "leads"; if (other) print "other" }' | {
              pids=$(cat)
              case $pids in *other*) pids= ;; *leads*) echo "${one%:*}" && pids= ;; esac
              for pid in $pids; do
                [ -r "/proc/$pid/environ" ] && ! grep -qszFx "INCIDENT_GROUP=${one%:*}" "/proc/$pid/environ" || echo "${one%:*}"
              done
            }
          done
        }
        earlier() {
          run=$1 step=$2 patience=$3
          shift 3
          found=$({
            known "$@"
            for pid in $(bearers "$run" "$step"); do
              group=$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^INCIDENT_GROUP=//p')
              session=$(awk '{ sub(/.*\) /, ""); print $4 }' "/proc/$pid/stat")
              [ "$group" != "$session" ] || echo "$group"
            done
          } 2>/dev/null | sort -u | {
            while read -r group; do
              echo "ended $group"
              end "$group" 0 0 20 "$patience"
            done
            [ -z "$untold" ] || echo untold
          })
          case $found in *untold) untold=1 found=${found%untold} ;; esac
          [ -z "$found" ] || echo "$found"
          for pid in $(bearers "$run" "$step"); do
            echo "lives $pid"
          done | told
        }
        if ! all | grep -q .; then
          [ "$1 $3" = 'end 0' ] || exit 3
          [ $5 -eq 0 ] || { kill -STOP $2; kill -15 -$2; sleep 2; }
          kill -9 -$2
          exit 3
        fi 2>/dev/null
        untold=
        "$@"
        [ -z "$untold" ] || exit 3
        cat /proc/1/stat >/dev/null 2>&1 || exit 4
        """;

    public RemoteScript(SshRunArguments arguments, ActionCall call)
    {
        (Begins, Ends) = (Mark("group"), Mark("end"));
        (Born, Done, Left, Untold) = ("born-" + Begins, "done-" + Ends, "left-" + Ends, "untold-" + Ends);
        var body = Encoding.UTF8.GetBytes($"tools={Quoted(Tools)}\nscript={Quoted(Text(arguments, call))}\n{Go}");
        var text = string.Format(null, CompositeFormat.Parse(Wrapper), Begins, body.Length, Go, Bearing, Grace, Patience);
        Command = $"exec setsid -w {(arguments.Shell is SshShell.Bash ? "bash" : "sh")} -c '{text}'";
        Input = [.. Encoding.UTF8.GetBytes(Ends + "\n"), .. body];
    }

    /// <summary>Before the shell's start time in clock ticks since boot (proc(5)), in a line of the errors; nothing where the host does not tell.</summary>
    public string Born { get; }

    /// <summary>Before the number of the process group, in a line of the errors.</summary>
    public string Begins { get; }

    /// <summary>Before the exit code, in a line of the errors: the body has ended, and what it left behind has not yet.</summary>
    public string Done { get; }

    /// <summary>Before the exit code, in a line of either stream: all of it has ended.</summary>
    public string Ends { get; }

    /// <summary>Before whoever lives on, in a line of the errors.</summary>
    public string Left { get; }

    /// <summary>In a line of the errors: a look at who is left was cut short, or the host does not tell it.</summary>
    public string Untold { get; }

    public string Command { get; }

    public byte[] Input { get; }

    /// <summary>The exit code of <see cref="End"/> on a host that does not tell which processes it has.</summary>
    public const int NobodyTells = 3;

    /// <summary>The same where it tells of its own account's processes alone: <c>hidepid</c> of /proc (proc(5)) hides even the first of all.</summary>
    public const int OthersHidden = 4;

    /// <summary>Asks everything of a session to end, makes it end after two seconds, and tells as <see cref="RemoteLeft"/> who is left.</summary>
    public static string End(int session) => $"sh -c {Quoted(Tools)} sh end {session} 0 0 {Grace} {Patience}";

    /// <summary>The same of what earlier attempts of a step have left on this host.</summary>
    /// <param name="where">The host, as their sessions bear it.</param>
    /// <param name="patient">Nobody waits to begin: who has no right to end another account's process may see it end by itself.</param>
    public static string EndEarlier(ActionCall call, string where, bool patient)
    {
        var known = call.Earlier.Where(one => one.Host == where).Select(one => FormattableString.Invariant($" {one.Pid}:{one.StartTicks}"));
        return $"sh -c {Quoted(Tools)} sh earlier {Quoted(call.Run)} {Quoted(call.Step)} {(patient ? 150 : Patience)}{string.Concat(known)}";
    }

    private static string Mark(string word) => $"incident-{word}-{RandomNumberGenerator.GetHexString(32, lowercase: true)}:";

    private static string Quoted(string? text) => $"'{text?.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string Text(SshRunArguments arguments, ActionCall call)
    {
        var text = new StringBuilder();
        // An input that was left out is null, and in an environment the empty text.
        foreach (var (name, value) in arguments.Env ?? [])
            text.Append("export ").Append(name).Append('=').Append(Quoted(value)).Append('\n');
        text.Append($"export {ScriptGuide.RunVariable}={Quoted(call.Run)} {ScriptGuide.StepVariable}={Quoted(call.Step)}\n");
        text.Append(arguments.Shell is SshShell.Bash ? "set -eo pipefail\n" : "set -e\n");
        return text.Append(arguments.Command.ReplaceLineEndings("\n")).Append('\n').ToString();
    }
}
