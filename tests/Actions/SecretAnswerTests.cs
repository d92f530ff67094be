using Integrations.Redis;
using Runbooks.Secrets;

namespace Tests.Actions;

/// <summary>What Redis tells of passwords by itself; on a real one: <see cref="RedisActionTests"/>.</summary>
public sealed class SecretAnswerTests
{
    [Fact]
    public void The_password_of_Sentinels_among_each_other_is_stars() =>
        SecretAnswers
            .Masked("sentinel", ["config", "get", "*"], new List<object?> { "sentinel-user", "ida", "sentinel-pass", "planted" })
            .ShouldBe(new List<object?> { "sentinel-user", "ida", "sentinel-pass", SecretMask.Stars });
}
