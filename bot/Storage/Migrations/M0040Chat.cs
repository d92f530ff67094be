using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>
/// What the bot has on chat platforms: rooms, the posts in them, and up to where the log was told there. Times are microseconds
/// since 1970.
/// </summary>
[Migration(40)]
public sealed class M0040Chat : Migration
{
    public override void Up()
    {
        Create
            .Table("chat_rooms")
            .WithColumn("platform")
            .AsString()
            .PrimaryKey()
            .WithColumn("incident")
            .AsInt32()
            .PrimaryKey()
            .WithColumn("room")
            .AsString()
            .Nullable()
            .WithColumn("told")
            .AsInt64()
            .NotNullable()
            .WithColumn("dress")
            .AsString()
            .Nullable()
            .WithColumn("trouble")
            .AsString(int.MaxValue)
            .Nullable()
            .WithColumn("heard_at")
            .AsInt64()
            .NotNullable();
        Create.Index("chat_rooms_room").OnTable("chat_rooms").OnColumn("platform").Ascending().OnColumn("room").Ascending();
        Create
            .Table("chat_posts")
            .WithColumn("platform")
            .AsString()
            .PrimaryKey()
            .WithColumn("incident")
            .AsInt32()
            .PrimaryKey()
            .WithColumn("slot")
            .AsString()
            .PrimaryKey()
            .WithColumn("state")
            .AsString()
            .NotNullable()
            .WithColumn("message")
            .AsString()
            .Nullable()
            .WithColumn("hash")
            .AsString()
            .NotNullable()
            .WithColumn("upto")
            .AsInt64()
            .NotNullable()
            .WithColumn("tried_at")
            .AsInt64()
            .NotNullable()
            .WithColumn("note")
            .AsString(int.MaxValue)
            .Nullable();
        Execute.Sql("create index chat_posts_open on chat_posts (platform, state) where state <> 'sent'");
        Create.Table("chat_cursors").WithColumn("platform").AsString().PrimaryKey().WithColumn("position").AsInt64().NotNullable();
    }

    public override void Down()
    {
        Delete.Table("chat_cursors");
        Delete.Table("chat_posts");
        Delete.Table("chat_rooms");
    }
}
