namespace Bot.Web;

/// <summary>
/// Pages that belong together, with what is sent from their forms. Discovered: a new page is one new file. They are behind the
/// sign-in, and their forms carry their token; a door that needs more than a viewer says so itself.
/// </summary>
internal interface IPages
{
    /// <summary>Where they begin, as <c>/runbooks</c>; unique among the parts.</summary>
    string Path { get; }

    /// <summary>Their entries in the navigation; none where one comes from other pages.</summary>
    IReadOnlyList<NavigationEntry> Navigation => [];

    void Map(IEndpointRouteBuilder pages);
}

/// <param name="Section">What a page names as its own, to be shown as the current one.</param>
/// <param name="Place">Entries are ordered by it; the product's own are at 10, 20, …</param>
internal sealed record NavigationEntry(string Path, string Label, string Section, int Place);
