namespace Bot.Cli.DemoData;

/// <summary>One kind of trouble, in the words of who has it.</summary>
/// <param name="Runbook">The runbook of the library that repairs it, whose alert reports it; null: people report and repair it.</param>
/// <param name="Severity">The alert's label, or what a person would say.</param>
/// <param name="Seen">What is seen first.</param>
/// <param name="Cause">What it turns out to be.</param>
/// <param name="Fix">What is done about it by hand.</param>
/// <param name="After">What is left to do.</param>
internal sealed record DemoTrouble(
    string? Runbook,
    string Service,
    string Severity,
    string Title,
    string Impact,
    string Seen,
    string Cause,
    string Fix,
    string After
)
{
    /// <summary>Labels of its alert that differ from those in the runbook's own test.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Whose run may wait for a decision in the end: whatever is decided then is done, at an address where nothing answers (RFC 863).</summary>
    public static DemoTrouble Harmless { get; } =
        new(
            "restart-service",
            "search",
            "error",
            "Search answers its health check with 503",
            "Customers search and find nothing",
            "It is out of memory and cannot even log it.",
            "The index grew beyond the heap with the new catalogue.",
            "Gave it more memory and restarted it",
            "Alert on the heap at 80 %"
        )
        {
            Labels = new Dictionary<string, string>
            {
                ["health_url"] = "http://127.0.0.1:9/health",
                ["restart_url"] = "http://127.0.0.1:9/restart",
            },
        };

    public static IReadOnlyList<DemoTrouble> Reported { get; } =
    [
        new(
            "bad-rollout",
            "checkout",
            "critical",
            "Checkout answers 20 % of its requests with 500",
            "One in five customers cannot pay",
            "Errors begin with the rollout of version 42, all on the payment step.",
            "Version 42 reads a setting that only staging has.",
            "Set the missing setting by hand and restarted two pods",
            "Check settings of a new version against production before it rolls out"
        ),
        new(
            "certificate-expiring",
            "edge",
            "warning",
            "The certificate of shop.example.com ends in 6 days",
            "Nobody yet; everybody in 6 days",
            "The renewal job has failed since Sunday, its log says: rate limited.",
            "A test environment asked for the same name 50 times a week.",
            "Renewed it by hand with the second account",
            "Give the test environment names of its own"
        ),
        new(
            "disk-full",
            "web",
            "warning",
            "/var of web1 is 97 % full",
            "Uploads to web1 fail",
            "Package caches and old kernels take 14 GB, logs 3 GB.",
            "Unattended upgrades keep every kernel since spring.",
            "Removed old kernels by hand",
            "Keep two kernels; alert on /var at 85 %"
        ),
        new(
            "dns-failure",
            "network",
            "critical",
            "The name server 10.0.0.53 does not answer",
            "Services in zone a see timeouts of 5 s on every new connection",
            "The second name server answers, so the zone itself is fine.",
            "The resolver ran out of file descriptors after the upgrade.",
            "Took it out of the DHCP options until it was looked at",
            "Raise LimitNOFILE of the resolver; alert on its descriptors"
        ),
        new(
            "etcd-member-lost",
            "cluster",
            "error",
            "etcd3 is lost to its cluster",
            "Nobody yet; one more loss stops every deployment",
            "The machine is up, the process was killed by the kernel: out of memory.",
            "A backup job on the same machine took 6 GB.",
            "Moved the backup job to another machine",
            "Give etcd machines of their own"
        ),
        new(
            "haproxy-backend-down",
            "web",
            "error",
            "HAProxy has taken web1 out: its health check fails",
            "The other server carries all requests; pages take twice as long",
            "web1 accepts connections and never answers.",
            "A thread waits for a lock that a dead connection holds.",
            "Restarted web1 by hand",
            "Give the connection pool a timeout"
        ),
        new(
            "hot-shard",
            "sessions",
            "warning",
            "One shard of the session store gets 91,000 commands a second",
            "Signing in takes 3 s instead of 0.2 s",
            "All of it comes from the account of the reports.",
            "The nightly report runs every minute since its schedule was rewritten.",
            "Asked the owners of the report to stop it",
            "Let reports read from a replica"
        ),
        new(
            "postgres-connections-exhausted",
            "shop-db",
            "critical",
            "97 % of the connections of shop-db are in use",
            "Every tenth page of the shop shows an error",
            "60 sessions are idle in transaction, the oldest for 40 minutes.",
            "The import leaves its transaction open when a file is missing.",
            "Ended the import's sessions by hand",
            "Set idle_in_transaction_session_timeout for the import's account"
        ),
        new(
            "postgres-replica-lag",
            "shop-db",
            "warning",
            "The replica of shop-db is 90 MB behind",
            "Orders show up in the back office minutes late",
            "Its replay is paused.",
            "Somebody paused it for yesterday's backup and did not resume it.",
            "Resumed the replay by hand",
            "Let the backup resume the replay itself"
        ),
        new(
            "queue-backlog",
            "orders",
            "error",
            "90,000 orders wait in the queue",
            "Confirmations come an hour late",
            "The workers are all busy, none is stuck; twice as many orders came as usual.",
            "The newsletter went out to everybody at once.",
            "Started two more workers by hand",
            "Tell operations before a newsletter; scale workers by the queue's length"
        ),
        Harmless,
        new(
            "stuck-consumer",
            "mail",
            "warning",
            "The consumer mail-3 has confirmed nothing for 15 minutes",
            "A third of the mails is late",
            "It waits for a mail server that does not answer.",
            "A connection without a timeout to a server that was taken down.",
            "Gave its entries to another consumer by hand",
            "Give the mail client a timeout of 10 s"
        ),
    ];

    public static IReadOnlyList<DemoTrouble> Told { get; } =
    [
        new(
            null,
            "checkout",
            "sev2",
            "Some customers see an empty basket after signing in",
            "About 2 % of customers who sign in; what they chose is not lost",
            "Only customers with a basket from before the migration are hit.",
            "The migration kept the old id of baskets without an account.",
            "Read the old id too when the new one finds nothing",
            "Test migrations with baskets of visitors"
        ),
        new(
            null,
            "payments",
            "sev1",
            "Payments by card fail with one bank",
            "All customers of that bank; a ninth of all payments",
            "The bank answers 'invalid certificate' since 09:12.",
            "The bank changed its certificate authority, ours is not trusted any more.",
            "Installed the certificate that the bank had announced by mail",
            "Read the bank's announcements into the team's calendar"
        ),
        new(
            null,
            "search",
            "sev3",
            "Search shows products that are sold out",
            "Customers click on what they cannot buy",
            "The index has not taken changes since last night.",
            "A product without a name stops the whole import.",
            "Skipped the product and ran the import again",
            "Let the import skip and report what it cannot read"
        ),
        new(
            null,
            "web",
            "sev3",
            "Pictures load slowly from Asia",
            "Customers in Asia, about 6 % of all",
            "Only one provider's network is slow, the others are fine.",
            "The provider routes through Europe since its cable was cut.",
            "Sent that provider's customers to another location",
            "Measure load times from outside by region"
        ),
        new(
            null,
            "mail",
            "sev2",
            "Password reset mails do not arrive",
            "Nobody can set a new password",
            "They leave our server and are refused as spam.",
            "A customer list was mailed through the same address.",
            "Send reset mails from an address of their own",
            "Separate what is sent to many from what is sent to one"
        ),
        new(
            null,
            "reports",
            "sev4",
            "The monthly report counts February twice",
            "Only the finance team",
            "The number is right in the database.",
            "The report joins two tables that both have the month.",
            "Corrected the query and sent the report again",
            "Compare the report's sum with the ledger before it is sent"
        ),
    ];
}
