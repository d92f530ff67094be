using System.Xml.Linq;
using Bot.Cli;

namespace Tests.Cli;

/// <summary><c>incident runbook check | test | schema | list</c> on files, as a CI calls them: no server, no database.</summary>
public sealed class RunbookFileTests : IDisposable
{
    private const string Good = """
        runbook: good
        summary: Looks
        steps: [ { id: look, uses: http/request@1, with: { url: http://127.0.0.1/ } } ]
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("incident-books-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Check_says_everything_about_a_folder_with_its_places()
    {
        Write("good.yaml", Good);
        Write("good.test.yaml", "test: good\ncases: [ { name: a, answers: { lok: {} }, expect: { run: succeeded } } ]");
        Write("sub/other.yaml", Good);
        Write("bad.yaml", "runbook: bad\nsteps:\n  - { id: a, run: 'echo ${{ inputs.x }}', tiemout: 5s }\n  - { id: a, wait: {} }");
        Write(
            "poor.yaml",
            """
            runbook: poor
            on: { alert: { match: { alertname: A }, mode: auto } }
            inputs: { used: {}, idle: {} }
            steps:
              - { id: act, run: date, env: { A: "${{ inputs.used }}" }, approve: true }
              - { id: never, if: "false", uses: http/request@1, with: { url: http://127.0.0.1/ } }
              - { id: sleep, wait: { until: alert.state == 'resolved' } }
              - { id: call, runbook: goood }
            """
        );
        Write(".git/ignored.yaml", "nonsense: true");

        var checked_ = await Typed.HereAsync("runbook", "check", folder);

        checked_.Exit.ShouldBe(CommandLine.Failure);
        checked_
            .Output.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe([
                "bad.yaml:3:19: error: '${{ }}' in a script lets a value become code. Pass it by 'env' and use it as \"$NAME\".",
                "bad.yaml:3:43: error: Unknown key 'tiemout' of the step 'a'. Did you mean 'timeout'?",
                "bad.yaml:4:11: error: The id 'a' is used twice.",
                "bad.yaml:4:20: error: 'wait' needs either 'for' or 'until'.",
                "good.test.yaml:2:32: error: The runbook has no step 'lok'. Did you mean 'look'? It has: look.",
                "poor.yaml:1:1: warning: Say in one line what it does ('summary'): whoever starts it reads that. [no-summary]",
                "poor.yaml:1:1: warning: It starts by itself and has neither 'cooldown' nor 'budget': an alert that keeps firing starts it again and again. [auto-without-bound]",
                "poor.yaml:3:21: warning: Nothing uses the input 'idle'. [unused-input]",
                "poor.yaml:5:5: warning: The step 'act': If its answer is lost, only a person can find out whether it happened: add 'check'. [once-without-check]",
                "poor.yaml:5:5: warning: The step 'act': Without 'timeout' it may hang for 5m before anybody asks whether it happened. [once-without-timeout]",
                "poor.yaml:5:5: warning: The step 'act': Without 'expires' it waits for an approval for ever. [approval-without-end]",
                "poor.yaml:6:5: warning: The step 'never': 'if: false' never holds. [never-runs]",
                "poor.yaml:7:5: warning: The step 'sleep': Without 'timeout' (here or in 'limits') it waits for ever. [wait-without-end]",
                "poor.yaml:8:5: error: There is no runbook 'goood'. Did you mean 'good'?",
                "sub/other.yaml:1:1: error: The runbook 'good' is also in good.yaml. Names are unique.",
                "5 files: 7 errors, 8 warnings",
            ]);
    }

    [Fact]
    public async Task Check_notes_a_copy_that_is_used_instead_of_another_folders_and_finds_nothing_wrong_with_it()
    {
        Write("own/good.yaml", Good);
        Write("library/good.yaml", Good);
        var (own, library) = (Path.Combine(folder, "own"), Path.Combine(folder, "library"));

        var checked_ = await Typed.HereAsync("runbook", "check", own, library, "--strict");
        var json = await Typed.HereAsync("runbook", "check", own, library, "--format", "json");

        checked_.Exit.ShouldBe(CommandLine.Success, checked_.ToString());
        checked_.Output.ShouldContain(
            $"{library}/good.yaml: note: not used, since {own}/good.yaml has the same name and its folder stands before"
        );
        json.Json.GetProperty("replaced")[0].GetProperty("by").GetString().ShouldBe($"{own}/good.yaml");
    }

    [Fact]
    public async Task Check_tells_machines_the_same_and_warnings_alone_are_no_failure()
    {
        Write("poor.yaml", Good.Replace("summary: Looks\n", "", StringComparison.Ordinal));

        var json = await Typed.HereAsync("runbook", "check", folder, "--format", "json");
        var strict = await Typed.HereAsync("runbook", "check", folder, "--strict");

        json.Exit.ShouldBe(CommandLine.Success);
        json.Json.GetProperty("warnings").GetInt32().ShouldBe(1);
        json.Json.GetProperty("items")[0].GetProperty("rule").GetString().ShouldBe("no-summary");
        strict.Exit.ShouldBe(CommandLine.Failure);
    }

    [Fact]
    public async Task Check_says_where_a_step_claims_less_than_its_action_does_and_gives_no_reason()
    {
        Write(
            "loose.yaml",
            """
            runbook: loose
            summary: Claims to read
            inputs: { host: { enum: [a, b], default: a } }
            steps:
              - id: search
                uses: http/request@1
                with: { method: POST, url: "http://${{ inputs.host }}/" }
                timeout: 5s
                effect: read
              - { id: said, uses: http/request@1, with: { method: POST, url: "http://${{ inputs.host }}/" }, effect: read, i-accept: "a search" }
              - { id: probed, uses: http/request@1, with: { url: "http://a/" }, check: { uses: http/request@1, with: { method: POST, url: "http://a/" } } }
              - id: undone
                uses: http/request@1
                with: { url: "http://${{ inputs.host }}/" }
                undo: { uses: http/request@1, with: { method: PUT, url: "http://${{ inputs.host }}/" }, effect: read }
            """
        );

        var checked_ = await Typed.HereAsync("runbook", "check", folder);

        checked_.Exit.ShouldBe(CommandLine.Success);
        checked_
            .Output.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe([
                "loose.yaml:9:13: warning: The step 'search': 'http/request@1' is once here, and without i-accept: \"reason\" it stays so, whatever 'effect: read' says. [effect-looser]",
                "loose.yaml:11:5: warning: The step 'probed': its 'check' calls 'http/request@1', which is once here, and is called whenever somebody has to know. [probe-acts]",
                "loose.yaml:15:101: warning: The step 'undone.undo': 'http/request@1' is idempotent here, and without i-accept: \"reason\" it stays so, whatever 'effect: read' says. [effect-looser]",
                "1 file: 0 errors, 3 warnings",
            ]);
    }

    [Fact]
    public async Task Check_holds_what_is_written_out_against_what_the_action_takes()
    {
        Write(
            "values.yaml",
            """
            runbook: values
            summary: Each value is wrong in another way
            inputs: { verb: { default: GET } }
            steps:
              - { id: verb, uses: http/request@1, with: { method: GETT, url: "http://127.0.0.1/" } }
              - { id: address, uses: http/request@1, with: { url: "127.0.0.1/health", max-bytes: 10 MB } }
              - { id: record, uses: dns/resolve@1, with: { host-name: a.example, type: cnmae } }
              - { id: silence, uses: alertmanager/silence@1, with: { url: "http://127.0.0.1/", matchers: { a: b }, for: 8d, comment: x } }
              - { id: port, uses: ssh/run@1, with: { host: a, user: b, command: c, port: 70000 } }
              - { id: name, uses: http/request@1, with: { url: "http://127.0.0.1/", headers: { Bad Name: "${{ inputs.verb }}" } } }
              - { id: lines, uses: http/request@1, with: { url: "http://127.0.0.1/", headers: { A: "${{ inputs.verb }}", B: "a\nb" } } }
              - { id: base, uses: prometheus/query@1, with: { url: "http://127.0.0.1/?tenant=1", query: up } }
              - { id: host, uses: ssh/run@1, with: { host: "", user: b, command: c } }
              - { id: env, uses: ssh/run@1, with: { host: a, user: b, command: c, env: { A B: "${{ inputs.verb }}" } } }
              - { id: fine, uses: http/request@1, with: { method: patch, url: "http://127.0.0.1/?a=b", max-bytes: 1000, headers: { Content-Type: a/b, X: "${{ inputs.verb }} ü" } } }
              - { id: open, uses: http/request@1, with: { method: "${{ inputs.verb }}", url: "http://127.0.0.1/" } }
            """
        );

        var checked_ = await Typed.HereAsync("runbook", "check", folder);

        checked_
            .Output.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .Split(Environment.NewLine)
            .Where(line => line.Contains(": error: ", StringComparison.Ordinal))
            .ShouldBe([
                "values.yaml:5:55: error: The argument 'method' of 'http/request@1' must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, QUERY, PURGE, BAN, PROPFIND, PROPPATCH, MKCOL, COPY, MOVE, LOCK, UNLOCK, REPORT, SEARCH. Did you mean 'GET'?",
                "values.yaml:6:55: error: The argument 'url' of 'http/request@1' must be an address with http:// or https://, without user:password@.",
                "values.yaml:6:86: error: The argument 'max-bytes' of 'http/request@1' must be a size, as 64KB or 10MB, at most 20MB.",
                "values.yaml:7:76: error: The argument 'type' of 'dns/resolve@1' must be one of a, aaaa, cname, mx, ns, soa, srv, txt. Did you mean 'cname'?",
                "values.yaml:8:109: error: The argument 'for' of 'alertmanager/silence@1' must be a length of time, as 500ms, 10s, 5m, 2h or 1d, more than 0s, at most 7d.",
                "values.yaml:9:78: error: The argument 'port' of 'ssh/run@1' must be from 1 to 65535.",
                "values.yaml:10:82: error: The argument 'headers' of 'http/request@1' must be without \"Bad Name\": a header's name is one word of letters, digits and hyphens.",
                "values.yaml:11:83: error: The argument 'headers' of 'http/request@1' must be without a line break in the value of 'B'.",
                "values.yaml:12:56: error: The argument 'url' of 'prometheus/query@1' must be an address with http:// or https://, without user:password@, '?' or '#'.",
                "values.yaml:13:48: error: The argument 'host' of 'ssh/run@1' must be a text that is not empty.",
                "values.yaml:14:76: error: The argument 'env' of 'ssh/run@1' must be without \"A B\": a variable's name is of letters, digits and underscores, and begins with no digit.",
            ]);
    }

    [Fact]
    public async Task Check_finds_addresses_statements_and_connections_that_can_only_fail_and_says_no_value_of_a_connection()
    {
        Write(
            "places.yaml",
            """
            runbook: places
            summary: Nobody can be reached there
            inputs: { place: { default: "a:1" } }
            steps:
              - { id: etcd, uses: etcd/health@1, with: { endpoint: not a url } }
              - { id: tcp, uses: tcp/connect@1, with: { address: db1 } }
              - { id: tls, uses: tls/certificate@1, with: { address: "db1:x" } }
              - { id: redis, uses: redis/ping@1, with: { address: "redis://db1" } }
              - { id: haproxy, uses: haproxy/servers@1, with: { socket: "tcp:" } }
              - { id: sql, uses: postgres/query@1, with: { connection: "Host=db1;Username=a", sql: "" } }
              - { id: key, uses: postgres/query@1, with: { connection: "Hst=s3cret;Username=a", sql: select 1 } }
              - { id: value, uses: postgres/query@1, with: { connection: "Host=db1;Port=s3cret", sql: select 1 } }
              - { id: password, uses: postgres/execute@1, with: { connection: "Host=db1;Password=a;s3cret=b", sql: select 1 } }
              - { id: form, uses: postgres/promote@1, with: { connection: s3cret } }
              - { id: fine, uses: tcp/connect@1, with: { address: "[::1]:80" } }
              - { id: path, uses: haproxy/servers@1, with: { socket: /run/haproxy.sock } }
              - { id: spaced, uses: postgres/query@1, with: { connection: "Host=db1;SSL Mode=VerifyFull;User ID=a;Password='a;b'", sql: select 1 } }
              - { id: open, uses: tcp/connect@1, with: { address: "${{ inputs.place }}" } }
            """
        );

        var checked_ = await Typed.HereAsync("runbook", "check", folder);

        const string Form = "a connection string, as Host=db1.example.com;Database=shop;Username=incident";
        checked_.Output.ShouldNotContain("s3cret");
        checked_
            .Output.Split(Environment.NewLine)
            .Where(line => line.Contains(": error: ", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf("argument", StringComparison.Ordinal) + "argument ".Length)..])
            .ShouldBe([
                "'endpoint' of 'etcd/health@1' must be an address with http:// or https://, without user:password@.",
                "'address' of 'tcp/connect@1' must be host:port, and 'db1' is not.",
                "'address' of 'tls/certificate@1' must be host:port, or host alone, and 'db1:x' is neither.",
                "'address' of 'redis/ping@1' must be host:port, or host alone, and 'redis://db1' is neither.",
                "'socket' of 'haproxy/servers@1' must be a path that begins with '/', or host:port, and 'tcp:' is neither.",
                "'sql' of 'postgres/query@1' must be a statement, and it is empty.",
                $"'connection' of 'postgres/query@1' must be {Form}, and its keyword 'hst' is unknown: there are Host, Port, Database, Username, Password, SSL Mode, Root Certificate and others of Npgsql.",
                $"'connection' of 'postgres/query@1' must be {Form}, and its 'port' has a value that is none.",
                $"'connection' of 'postgres/execute@1' must be {Form}, and a keyword behind the password is unknown: put a password with ';' or '=' in it in quotes.",
                $"'connection' of 'postgres/promote@1' must be {Form}.",
            ]);
    }

    [Theory]
    [InlineData("incident/page@1", "target: anna", "one as user:anna, group:oncall, role:responder or webhook:NAME, and 'anna' is not.")]
    [InlineData(
        "incident/page@1",
        "target: 'role:boss'",
        "one as user:anna, group:oncall, role:responder or webhook:NAME, and 'role:boss' is not."
    )]
    [InlineData("incident/status@1", "next-update-in: 0s", "a length of time, as 500ms, 10s, 5m, 2h or 1d, more than 0s.")]
    [InlineData("chat/post@1", "channel: general", "another incident's channel, as inc-42, and 'general' is not.")]
    [InlineData(
        "chat/graph@1",
        "series: [{ points: [[1, 2], [3]] }]",
        "of pairs of seconds since 1970, before the year 9999, and a number, as [1795521600, 0.5], and 'series[0].points[1]' is [3]."
    )]
    [InlineData("kubernetes/scale@1", "replicas: -1", "from 0 to 2147483647.")]
    [InlineData(
        "kubernetes/logs@1",
        "name: ../secrets/db",
        "a name as Kubernetes has it, of at most 253 lower-case letters, digits, '-' and '.', and '../secrets/db' is not."
    )]
    [InlineData(
        "kubernetes/cordon@1",
        "node: ''",
        "a name as Kubernetes has it, of at most 253 lower-case letters, digits, '-' and '.', and '' is not."
    )]
    [InlineData("kubernetes/delete-pod@1", "uid: ' '", "a text that is not empty.")]
    [InlineData("alertmanager/silence@1", "matchers: {}", "a mapping with at least one label: an empty one would silence every alert.")]
    [InlineData("alertmanager/silence@1", "for: 0s", "a length of time, as 500ms, 10s, 5m, 2h or 1d, more than 0s, at most 7d.")]
    [InlineData(
        "alertmanager/expire-silence@1",
        "id: nonsense",
        "a silence's id, as alertmanager/silence@1 gives it, and 'nonsense' is not."
    )]
    [InlineData("alertmanager/expire-silence@1", "id: null", "a silence's id, as alertmanager/silence@1 gives it, and it is null.")]
    [InlineData(
        "kubernetes/get@1",
        "resource: v1/secrets",
        "a custom resource as group/version/plural, as cert-manager.io/v1/certificates."
    )]
    [InlineData(
        "haproxy/set-server@1",
        "backend: b;show",
        "a name as HAProxy has it, of letters, digits, '-', '_', '.' and ':', and 'b;show' is not."
    )]
    [InlineData("github/issue@1", "repository: a b/c?d", "owner/name, of letters, digits, '-', '_' and '.', and 'a b/c?d' is not.")]
    [InlineData("github/workflow-wait@1", "repository: ''", "owner/name, of letters, digits, '-', '_' and '.', and '' is not.")]
    [InlineData("ssh/run@1", "host-keys: [bogus]", "a list of host keys, as SHA256:… or ssh-ed25519 AAAA…, and 'bogus' is none.")]
    [InlineData("etcd/move-leader@1", "to: zz", "a member's number, in hexadecimal, as etcd/members@1 lists it, and 'zz' is not.")]
    [InlineData("etcd/snapshot@1", "path: backups/etcd.db", "a whole path, as /var/backups/etcd.db, and 'backups/etcd.db' is not.")]
    [InlineData(
        "etcd/health@1",
        "ca: /etc/etcd/ca.crt",
        "the PEM of a certificate, whole and with its lines, from -----BEGIN CERTIFICATE----- on."
    )]
    [InlineData("prometheus/query-range@1", "since: soon", "a length of time, as 500ms, 10s, 5m, 2h or 1d, more than 0s.")]
    [InlineData("dns/resolve@1", "host-name: shop..example", "a DNS name, and one of its labels is empty (RFC 1035, 2.3.4).")]
    [InlineData("dns/resolve@1", "server: 'udp://10.0.0.53'", "host:port, or host alone, and 'udp://10.0.0.53' is neither.")]
    [InlineData("redis/replicaof@1", "primary: ''", "host:port, or host alone, and '' is neither.")]
    [InlineData("redis/command@1", "command: ' '", "a text that is not empty.")]
    [InlineData("redis/sentinel-epoch@1", "sentinels: []", "a list with at least one host:port, or host alone, and it is empty.")]
    [InlineData(
        "redis/sentinel-failover@1",
        "sentinels: [a, 'b:x']",
        "a list with at least one host:port, or host alone, and 'b:x' is neither."
    )]
    [InlineData(
        "postgres/query@1",
        "sql: delete from x",
        "a query, which begins with select, with, values, table, show or explain: use postgres/execute@1 for anything else."
    )]
    [InlineData(
        "postgres/execute@1",
        "sql: begin",
        "one statement, in a transaction of its own, and 'begin' would do nothing: put what belongs together in one statement, as `with … as (update …) insert …`, or in a function."
    )]
    [InlineData(
        "postgres/promote@1",
        "connection: Host=/run/postgresql",
        "a connection string, as Host=db1.example.com;Database=shop;Username=incident, and its Host has to be one host: no list, and no path of a socket."
    )]
    public async Task Check_refuses_what_the_action_itself_could_not_read(string uses, string with, string instead)
    {
        Write("step.yaml", $"runbook: step\nsteps: [ {{ uses: {uses}, with: {{ {with} }} }} ]\n");

        var checked_ = await Typed.HereAsync("runbook", "check", folder);

        checked_
            .Output.Split(Environment.NewLine)
            .Where(line => line.Contains(" must be ", StringComparison.Ordinal))
            .ShouldHaveSingleItem()
            .ShouldEndWith($"error: The argument '{with[..with.IndexOf(':', StringComparison.Ordinal)]}' of '{uses}' must be {instead}");
    }

    [Fact]
    public async Task Check_takes_what_the_action_takes_and_an_optional_argument_that_is_empty_where_that_is_none()
    {
        Write(
            "fine.yaml",
            """
            runbook: fine
            summary: Each value is one that its action takes
            steps:
              - { id: page, uses: incident/page@1, with: { target: "group:on call" } }
              - { id: post, uses: chat/post@1, with: { text: x, channel: inc-7 } }
              - { id: none, uses: kubernetes/scale@1, with: { name: web.shop-1, replicas: 0, context: "" } }
              - { id: repository, uses: github/workflow-wait@1, with: { repository: shop/web.js_-1, run-id: 1 } }
              - { id: keys, uses: ssh/run@1, with: { host: a, user: b, command: c, host-keys: [], reads: true } }
              - { id: trust, uses: etcd/health@1, with: { endpoint: "https://10.0.0.1:2379", ca: "", certificate: " " } }
              - { id: root, uses: dns/resolve@1, with: { host-name: ., server: 10.0.0.53 } }
              - { id: ended, uses: postgres/execute@1, with: { connection: "Host=db1;Username=a", sql: commit prepared 'left' } }
            """
        );

        var checked_ = await Typed.HereAsync("runbook", "check", folder);

        checked_.Output.ShouldNotContain(": error: ");
    }

    [Fact]
    public async Task Check_of_one_file_knows_the_runbooks_beside_it_and_names_circles_at_the_step_that_closes_them()
    {
        const string Caller = """
            runbook: caller
            summary: Calls what lies beside it
            steps:
              - { id: fine, runbook: good }
              - id: ring
                runbook: ring
              - { id: lost, runbook: nowhere }
              - { id: sick, runbook: sick }
              - { id: full, runbook: full, with: { size: 7, kind: midle, extra: 1 } }
            """;
        Write("caller.yaml", Caller);
        Write("good.yaml", Good);
        Write("ring.yaml", "runbook: ring\nsteps: [ { id: on, runbook: round } ]");
        Write("sub/round.yaml", "runbook: round\nsteps: [ { id: back, runbook: caller } ]");
        Write("sick.yaml", "runbook: sick\nstpes: []");
        Write(
            "full.yaml",
            """
            runbook: full
            inputs: { size: { type: integer, maximum: 5 }, kind: { enum: [small, middle] }, host: { required: true } }
            steps: [ { id: look, uses: http/request@1, with: { url: http://127.0.0.1/ } } ]
            """
        );

        var checked_ = await Typed.HereAsync("runbook", "check", Path.Combine(folder, "caller.yaml"));

        checked_.Exit.ShouldBe(CommandLine.Failure);
        var said = checked_.Output.Split(Environment.NewLine).Where(line => line.Contains(": error: ", StringComparison.Ordinal)).ToList();
        said.Select(line => line[(line.IndexOf(".yaml", StringComparison.Ordinal) + 5)..])
            .ShouldBe([
                ":5:5: error: Runbooks call each other in a circle: caller → ring → round → caller.",
                ":7:5: error: There is no runbook 'nowhere'.",
                said[2][(said[2].IndexOf(".yaml", StringComparison.Ordinal) + 5)..],
                ":9:5: error: The runbook 'full' has no input 'extra'.",
                ":9:5: error: The input 'size' of the runbook 'full': It must be at most 5.",
                ":9:5: error: The input 'kind' of the runbook 'full': It must be one of small, middle.",
                ":9:5: error: The runbook 'full' needs the input 'host': give it in 'with'.",
            ]);
        said[2].ShouldContain(":8:5: error: The runbook 'sick' has problems of its own: incident runbook check ");

        // The same is said by the bot, at the same places, and it does not take the runbook.
        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "caller.yaml"));
        planned.Exit.ShouldBe(CommandLine.Failure);
        planned.Error.ShouldContain("caller.yaml:5:5: Runbooks call each other in a circle: caller → ring → round → caller.");
    }

    [Theory]
    [InlineData("check")]
    [InlineData("test")]
    public async Task A_path_that_is_not_there_is_wrong_usage(string command)
    {
        var typed = await Typed.HereAsync("runbook", command, Path.Combine(folder, "none"));

        typed.Exit.ShouldBe(CommandLine.WrongUsage);
        typed.Error.ShouldContain("There is no file or folder");
    }

    [Fact]
    public async Task Test_shows_what_happened_where_it_fails_and_writes_what_a_ci_reads()
    {
        Write("good.yaml", Good);
        Write(
            "good.test.yaml",
            """
            test: good
            cases:
              - name: it looks
                expect: { run: succeeded }
              - name: it does not
                answers: { look: { fault: crash-before-call } }
                expect: { effects: { look: 0 } }
            """
        );
        var junit = Path.Combine(folder, "out", "junit.xml");

        var tested = await Typed.HereAsync("runbook", "test", folder, "--junit", junit);

        tested.Exit.ShouldBe(CommandLine.Failure);
        tested.Output.ShouldContain("  passed  it looks");
        tested.Output.ShouldContain("good.test.yaml:7:32: the target of look was reached once, not never");
        tested.Output.ShouldContain("crash  The process test-1 dies before the call of look");
        tested.Output.ShouldEndWith("1 passed, 1 failed" + Environment.NewLine);
        var suite = XDocument.Load(junit).Root!.Element("testsuite")!;
        suite.Attribute("tests")!.Value.ShouldBe("2");
        suite.Attribute("failures")!.Value.ShouldBe("1");
        suite.Elements("testcase").Last().Element("failure")!.Attribute("message")!.Value.ShouldContain("was reached once");
    }

    [Fact]
    public async Task Test_says_what_is_wrong_with_a_runbook_that_cannot_be_played()
    {
        Write("good.yaml", "runbook: good\nsteps: []");
        Write("good.test.yaml", "test: good\ncases: []");

        var tested = await Typed.HereAsync("runbook", "test", Path.Combine(folder, "good.yaml"), "--format", "json");

        tested.Exit.ShouldBe(CommandLine.Failure);
        var problem = tested.Json.GetProperty("files")[0].GetProperty("problems")[0];
        problem.GetProperty("path").GetString().ShouldEndWith("good.yaml");
        problem.GetProperty("line").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task The_schema_is_printed_or_written_beside_the_runbooks()
    {
        var printed = await Typed.HereAsync("runbook", "schema");
        var written = await Typed.HereAsync("runbook", "schema", "--out", Path.Combine(folder, "schema"));

        printed.Json.GetProperty("$defs").GetProperty("with-http-request-1").GetProperty("required")[0].GetString().ShouldBe("url");
        written.Exit.ShouldBe(CommandLine.Success);
        File.ReadAllText(Path.Combine(folder, "schema", "runbook.schema.json")).ShouldBe(printed.Output.TrimEnd() + "\n");
    }

    [Fact]
    public async Task A_file_is_planned_without_a_server_and_without_touching_anything_but_what_it_reads()
    {
        Write(
            "book.yaml",
            """
            runbook: book
            inputs: { name: { required: true } }
            steps:
              - { id: look, uses: http/request@1, with: { url: "http://127.0.0.1:9/${{ inputs.name }}" }, continue-on-error: true }
              - { id: act, uses: http/request@1, with: { method: POST, url: "http://127.0.0.1:9/${{ inputs.name }}" }, approve: true }
            """
        );
        var file = Path.Combine(folder, "book.yaml");

        var planned = await Typed.HereAsync("runbook", "plan", file, "--input", "name=shop");
        var missing = await Typed.HereAsync("runbook", "plan", file);

        planned.Exit.ShouldBe(CommandLine.Success, planned.Error);
        planned.Output.ShouldContain("POST http://127.0.0.1:9/shop");
        planned.Output.ShouldContain("people approve it first");
        planned.Output.ShouldContain("1 call would change something");
        missing.Exit.ShouldBe(CommandLine.Failure);
        missing.Error.ShouldContain("inputs.name: It is required.");
    }

    [Fact]
    public async Task A_plan_counts_targets_and_not_the_step_that_has_them()
    {
        Write(
            "many.yaml",
            """
            runbook: many
            steps:
              - { id: each, for-each: [a, b, c], uses: core/count@1, with: { key: "${{ item }}" } }
              - { id: last, run: echo }
            """
        );

        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "many.yaml"));

        planned.Output.ShouldContain("4 calls would change something; 0 steps cannot be known before the run.");
    }

    [Fact]
    public async Task What_a_runbook_is_called_with_is_checked_against_its_inputs()
    {
        Write("child.yaml", "runbook: child\ninputs: { host: { required: true }, word: {} }\nsteps: [ { run: echo } ]");
        Write("parent.yaml", "runbook: parent\nsteps:\n  - { id: go, runbook: child, with: { wrd: x } }");

        var found = await Typed.HereAsync("runbook", "check", folder);

        found.Exit.ShouldBe(CommandLine.Failure);
        found.Output.ShouldContain("parent.yaml:3:5: error: The runbook 'child' has no input 'wrd'. Did you mean 'word'?");
        found.Output.ShouldContain("parent.yaml:3:5: error: The runbook 'child' needs the input 'host': give it in 'with'.");
        found.Output.ShouldContain("2 files: 2 errors, ");
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
