// Rooms that break the rule of the floors on purpose.

namespace Tests.Architecture.Broken.High
{
    internal sealed class Attic
    {
        public Low.Shelf? Shelf { get; init; }
    }
}

namespace Tests.Architecture.Broken.Low
{
    internal sealed class Cellar
    {
        public High.Attic? Attic { get; init; }
    }

    internal sealed class Shelf;
}

namespace Tests.Architecture.Broken.Nowhere
{
    internal sealed class Lost;
}
