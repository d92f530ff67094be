using Bot.Paging;

namespace Tests.Paging;

public sealed class AckLinksTests
{
    private readonly AckLinks links = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    [Fact]
    public void A_link_names_its_incident_and_its_target()
    {
        links.TryRead(links.Write(42, new PageTarget("webhook", "ops|night")), out var link).ShouldBeTrue();

        link.ShouldBe(new AckLink(42, new PageTarget("webhook", "ops|night")));
    }

    [Fact]
    public void A_link_that_was_changed_anywhere_is_none()
    {
        var token = links.Write(42, new PageTarget("user", "anna"));

        for (var i = 0; i < token.Length - 1; i++)
            links.TryRead(token[..i] + (token[i] is 'A' ? 'B' : 'A') + token[(i + 1)..], out _).ShouldBeFalse();
        links.TryRead("", out _).ShouldBeFalse();
        links.TryRead("no link at all!", out _).ShouldBeFalse();
        new AckLinks(new byte[32]).TryRead(token, out _).ShouldBeFalse();
    }
}
