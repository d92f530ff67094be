namespace Tests.GameDays;

/// <summary>Where game days kill the bot.</summary>
public sealed class KillPointsTests
{
    private static readonly KillPoints Points = new(["look", "who", "tell"], ["stop", "close"], ["well", "note"]);

    [Theory]
    [InlineData(20261124)]
    [InlineData(1)]
    [InlineData(-7)]
    public void One_run_of_all_game_days_kills_before_within_and_after_the_repair(int seed)
    {
        var killed = KillPoints.Days.Select(day => Points.At(day, seed)).ToList();

        killed.ShouldContain(step => Points.Before.Contains(step));
        killed.ShouldContain(step => Points.Within.Contains(step));
        killed.ShouldContain(step => Points.After.Contains(step));
    }

    [Fact]
    public void Twenty_repetitions_of_a_game_day_kill_at_each_of_its_steps() =>
        Enumerable
            .Range(20261124, 20)
            .Select(seed => Points.At(KillPoints.Days[0], seed))
            .Distinct(StringComparer.Ordinal)
            .ShouldBe([.. Points.Before, .. Points.Within, .. Points.After], ignoreOrder: true);
}
