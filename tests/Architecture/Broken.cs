// Rooms that break each rule on purpose, so that the rules can be seen to see it.

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

namespace Tests.Architecture.Broken.Impure
{
    internal static class Leaky
    {
        public static string Reads(string path) => new StreamReader(path).ReadToEnd() + Directory.GetCurrentDirectory();

        public static string Asks() => Environment.MachineName;

        public static void Starts(string program) => System.Diagnostics.Process.Start(program)?.Dispose();

        public static int Rolls(Random dice) => dice.Next();

        public static DateTimeOffset Looks(TimeProvider clock) => clock.GetUtcNow();

        public static string? Configures(Microsoft.Extensions.Configuration.IConfiguration settings) => settings["Node:Name"];

        public static Task Waits(HttpClient client, Uri address, CancellationToken cancel) => client.GetAsync(address, cancel);
    }
}

namespace Tests.Architecture.Broken.Query
{
    internal static class Selects
    {
        public static void Asks(System.Data.IDbConnection connection) => Dapper.SqlMapper.Execute(connection, "select 1");
    }
}

namespace Tests.Architecture.Broken.Vendors.Acme
{
    internal sealed class AcmeClient
    {
        public Emca.EmcaClient? Other { get; init; }
    }
}

namespace Tests.Architecture.Broken.Vendors.Emca
{
    internal sealed class EmcaClient;
}

namespace Tests.Architecture.Broken.House
{
    internal sealed class AcmeWindow
    {
        public Vendors.Emca.EmcaClient? Client { get; init; }
    }
}

namespace Tests.Architecture.Broken.Named
{
#pragma warning disable CA1852 // Open on purpose.
    internal class OpenHelper;
#pragma warning restore CA1852
}
