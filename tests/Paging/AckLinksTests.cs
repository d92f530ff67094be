using Bot.Paging;

namespace Tests.Paging;

public sealed class AckLinksTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 3, 0, 0, TimeSpan.Zero);
    private readonly AckLinks links = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    [Fact]
    public void A_link_names_its_incident_and_its_target()
    {
        links.TryRead(links.Write(42, new PageTarget("webhook", "ops|night"), Now), Now, out var link).ShouldBeTrue();

        link.ShouldBe(new AckLink(42, new PageTarget("webhook", "ops|night")));
    }

    [Fact]
    public void A_link_that_was_changed_anywhere_is_none()
    {
        var token = links.Write(42, new PageTarget("user", "anna"), Now);

        for (var i = 0; i < token.Length - 1; i++)
            links.TryRead(token[..i] + (token[i] is 'A' ? 'B' : 'A') + token[(i + 1)..], Now, out _).ShouldBeFalse();
        links.TryRead("", Now, out _).ShouldBeFalse();
        links.TryRead("no link at all!", Now, out _).ShouldBeFalse();
        new AckLinks(new byte[32]).TryRead(token, Now, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_link_ends()
    {
        var token = links.Write(42, new PageTarget("user", "anna"), Now);

        links.TryRead(token, Now + AckLinks.Life - TimeSpan.FromSeconds(1), out _).ShouldBeTrue();
        links.TryRead(token, Now + AckLinks.Life, out _).ShouldBeFalse();
    }
}
