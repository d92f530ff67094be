namespace Bot.Cli.DemoData;

/// <summary>The same seed, the same history.</summary>
internal sealed class DemoChance(Random random)
{
    public bool In(int percent) => random.Next(100) < percent;

    public int Between(int least, int most) => random.Next(least, most + 1);

    public TimeSpan Seconds(double least, double most) => TimeSpan.FromSeconds(least + (random.NextDouble() * (most - least)));

    public TimeSpan Minutes(double least, double most) => Seconds(60 * least, 60 * most);

    public TimeSpan Hours(double least, double most) => Minutes(60 * least, 60 * most);

    public T Of<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];

    public T OtherOf<T>(IReadOnlyList<T> all, T than) => Of([.. all.Where(one => !EqualityComparer<T>.Default.Equals(one, than))]);

    /// <summary>In an order of its own, again and again: none comes twice before all came once, nor twice in a row.</summary>
    public IEnumerable<T> Rounds<T>(IReadOnlyList<T> all)
    {
        var order = all.ToArray();
        while (true)
        {
            var last = order[^1];
            random.Shuffle(order);
            if (EqualityComparer<T>.Default.Equals(order[0], last))
                (order[0], order[^1]) = (order[^1], order[0]);
            foreach (var one in order)
                yield return one;
        }
    }
}
