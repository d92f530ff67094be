using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Npgsql;
using Tests.Servers;
using Tests.Support;

namespace Tests.Storage;

/// <summary>
/// A node that is stopped in the middle of sending a batch holds the log's lock in a session that is neither idle nor running
/// a statement, which no timeout of the server ends. Written on PostgreSQL's own protocol, since only there it can be had at will.
/// </summary>
public sealed class StalledHolderTests
{
    [Fact]
    public async Task A_node_that_stalls_while_it_sends_does_not_freeze_the_others()
    {
        var connection = PostgresServer.Shared.NewDatabase();
        await using var bot = new DeskUnderTest(connection);
        await bot.Desk.SubmitAsync(new DeclareWork(new Declaration("Before"), Actor.System), default);
        using var stalled = await StalledSession.OpenAsync(new NpgsqlConnectionStringBuilder(connection));

        var (number, _) = await bot.Desk.SubmitAsync(new DeclareWork(new Declaration("After"), Actor.System), default);

        number.ShouldBe(2);
    }

    private sealed class StalledSession : IDisposable
    {
        private readonly TcpClient client = new();

        public static async Task<StalledSession> OpenAsync(NpgsqlConnectionStringBuilder database)
        {
            var session = new StalledSession();
            await session.client.ConnectAsync(database.Host!, database.Port);
            var stream = session.client.GetStream();
            await stream.WriteAsync(Startup($"user\0{database.Username}\0database\0{database.Database}\0\0"));
            await UntilReadyAsync(stream);
            await stream.WriteAsync(Message('Q', "begin; select pg_advisory_xact_lock(7597118925727690356)\0"));
            await UntilReadyAsync(stream);
            // The first statement of a batch, without the Sync that would end it: the server waits for the rest.
            await stream.WriteAsync(Message('P', "\0select 1\0\0\0"));
            await stream.WriteAsync(Message('B', "\0\0\0\0\0\0\0\0"));
            await stream.WriteAsync(Message('E', "\0\0\0\0\0"));
            await stream.FlushAsync();
            return session;
        }

        public void Dispose() => client.Dispose();

        private static byte[] Startup(string parameters)
        {
            var text = Encoding.UTF8.GetBytes(parameters);
            var message = new byte[8 + text.Length];
            BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), 3 << 16);
            text.CopyTo(message, 8);
            return message;
        }

        private static byte[] Message(char type, string content)
        {
            var text = Encoding.UTF8.GetBytes(content);
            var message = new byte[5 + text.Length];
            message[0] = (byte)type;
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + text.Length);
            text.CopyTo(message, 5);
            return message;
        }

        private static async Task UntilReadyAsync(NetworkStream stream)
        {
            var head = new byte[5];
            while (head[0] != 'Z')
            {
                await stream.ReadExactlyAsync(head);
                await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4]);
            }
        }
    }
}
