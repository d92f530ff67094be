using Bot.Log;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Bot.Storage.Sqlite;

/// <summary>
/// A prepared statement on SQLite's own interface. The log's hot path binds and steps tens of thousands of rows a second,
/// mostly UTF-8 that came in as UTF-8; ADO.NET's parameters would cost more than SQLite itself.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;
    private int next = 1;

    public SqliteStatement(sqlite3 database, string sql)
    {
        this.database = database;
        Check(database, sqlite3_prepare_v2(database, sql, out statement));
    }

    public SqliteStatement Bind(long value)
    {
        Check(database, sqlite3_bind_int64(statement, next++, value));
        return this;
    }

    public SqliteStatement Bind(long? value) => value is { } known ? Bind(known) : BindNull();

    public SqliteStatement Bind(bool value) => Bind(value ? 1L : 0L);

    public SqliteStatement Bind(string? value)
    {
        if (value is null)
            return BindNull();
        Check(database, sqlite3_bind_text(statement, next++, value));
        return this;
    }

    public SqliteStatement BindText(ReadOnlySpan<byte> utf8)
    {
        Check(database, sqlite3_bind_text(statement, next++, utf8));
        return this;
    }

    public SqliteStatement BindBlob(ReadOnlySpan<byte> bytes)
    {
        Check(database, sqlite3_bind_blob(statement, next++, bytes));
        return this;
    }

    /// <summary>Runs it to its end and makes it ready for the next row.</summary>
    public void Run()
    {
        var result = sqlite3_step(statement);
        Reset();
        if (result is not (SQLITE_DONE or SQLITE_ROW))
            throw Failure(database, result);
    }

    /// <summary>Steps to the next row. After the last one the statement is ready for the next use.</summary>
    public bool Read()
    {
        var result = sqlite3_step(statement);
        if (result is SQLITE_ROW)
            return true;
        Reset();
        return result is SQLITE_DONE ? false : throw Failure(database, result);
    }

    public void Reset()
    {
        _ = sqlite3_reset(statement);
        next = 1;
    }

    public long Int64(int column) => sqlite3_column_int64(statement, column);

    public bool IsNull(int column) => sqlite3_column_type(statement, column) is SQLITE_NULL;

    public string Text(int column) => sqlite3_column_text(statement, column).utf8_to_string();

    public byte[] Blob(int column) => sqlite3_column_blob(statement, column).ToArray();

    public void Dispose() => statement.Dispose();

    public static void Execute(sqlite3 database, string sql) => Check(database, sqlite3_exec(database, sql));

    private SqliteStatement BindNull()
    {
        Check(database, sqlite3_bind_null(statement, next++));
        return this;
    }

    private static void Check(sqlite3 database, int result)
    {
        if (result is not SQLITE_OK)
            throw Failure(database, result);
    }

    // A constraint is the command's fault; a full disk, an I/O error or a lost file is ours, and passes.
    private static Exception Failure(sqlite3 database, int result)
    {
        var text = $"SQLite error {result}: {sqlite3_errmsg(database).utf8_to_string()}";
        return result is SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_MISMATCH or SQLITE_RANGE
            ? new InvalidOperationException(text)
            : new StoreUnavailableException(text);
    }
}
