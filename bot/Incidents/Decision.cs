namespace Bot.Incidents;

/// <summary>What came of a command: facts, or the reason why not.</summary>
internal abstract record Decision
{
    private Decision() { }

    /// <param name="Facts">May be empty: what was wanted already is so.</param>
    /// <param name="Reply">One sentence for who asked.</param>
    public sealed record Accepted(IReadOnlyList<IncidentFact> Facts, string Reply) : Decision;

    public sealed record Rejected(Rejection Why) : Decision;
}

/// <summary>Why not, with what to do instead.</summary>
internal abstract record Rejection
{
    private Rejection() { }

    public abstract string Sentence { get; }

    public sealed record NoSuchIncident(string Id) : Rejection
    {
        public override string Sentence => $"There is no incident {Id}.";
    }

    public sealed record AlreadyOver(string Id, IncidentState State) : Rejection
    {
        public override string Sentence =>
            State is IncidentState.Resolved
                ? $"{Id} is resolved. Re-open it with: /incident reopen {Id} REASON"
                : $"{Id} is {State.Word()}; that is final.";
    }

    public sealed record NotFromHere(string Id, IncidentState From, IncidentState To) : Rejection
    {
        public override string Sentence =>
            To switch
            {
                IncidentState.Closed => $"{Id} is {From.Word()}; only a resolved incident is closed. Resolve it first: /incident resolve",
                IncidentState.Declined =>
                    $"{Id} is {From.Word()}; only one in triage is declined. End it with: /incident resolve REASON, or /incident cancel REASON",
                IncidentState.Merged => $"{Id} is {From.Word()}. Say into which one it goes: /incident merge inc-7",
                _ => $"{Id} is {From.Word()} and cannot become {To.Word()}.",
            };
    }

    public sealed record Missing(string Field, string Fix) : Rejection
    {
        public override string Sentence => $"{Field} is missing. {Fix}";
    }

    public sealed record Invalid(string Field, string Value, string Fix) : Rejection
    {
        private const int MaxShown = 80;

        public override string Sentence => $"{Field} '{(Value.Length > MaxShown ? Value[..MaxShown] + "…" : Value)}' is not valid. {Fix}";
    }

    public sealed record NotAllowed(string Needed, string? WhoHasIt) : Rejection
    {
        public override string Sentence => $"This needs the role {Needed}." + (string.IsNullOrEmpty(WhoHasIt) ? "" : $" Ask {WhoHasIt}.");
    }

    public sealed record Conflict(string What) : Rejection
    {
        public override string Sentence => What;
    }
}
