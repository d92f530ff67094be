using Integrations;

namespace Bot.Paging;

/// <summary>Somebody to call: <c>user:anna</c>, <c>group:oncall</c>, <c>role:responder</c>, or <c>webhook:NAME</c> from the settings.</summary>
internal sealed record PageTarget(string Kind, string Name)
{
    public static PageTarget? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return
            colon > 0
            && colon < text.Length - 1
            && text[..colon] is var kind and ("user" or "group" or "role" or "webhook")
            && (kind is not "role" || text[(colon + 1)..] is "viewer" or "responder" or "approver" or "admin")
            ? new PageTarget(kind, text[(colon + 1)..])
            : null;
    }

    /// <summary>Whether a platform knows it, whoever of them the bot has met; the last resort takes whatever it is given.</summary>
    public bool IsKnownTo(IEnumerable<IPager> pagers) =>
        pagers.Any(pager => pager is { IsOn: true, IsLastResort: false } && pager.CanReach(Kind, Name));

    public override string ToString() => $"{Kind}:{Name}";
}
