using Integrations;

namespace Tests.Chat;

public sealed class ProseTests
{
    [Theory]
    [InlineData("Declared inc-5: Mail is stuck. This is its channel.", "Declared inc-5: Mail is stuck", "This is its channel.")]
    [InlineData("Did it happen? Nobody knows. Restart the relay", "Did it happen? Nobody knows.", "Restart the relay")]
    [InlineData("Why is mail stuck? Its channel is inc-5.", "Why is mail stuck?", "Its channel is inc-5.")]
    [InlineData("Approve this step", "Approve this step", null)]
    [InlineData("Restart the relay", " ", "Restart the relay")]
    public void Each_sentence_ends_once(string expected, string? one, string? other) => Prose.Join(one, other).ShouldBe(expected);
}
