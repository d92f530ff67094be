using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Who was invited into which room and why: nobody is invited again for the same reason after having left.</summary>
[Migration(61)]
public sealed class M0061ChatInvites : Migration
{
    public override void Up() =>
        Create
            .Table("chat_invites")
            .WithColumn("platform")
            .AsString()
            .PrimaryKey()
            .WithColumn("incident")
            .AsInt32()
            .PrimaryKey()
            .WithColumn("room")
            .AsString()
            .PrimaryKey()
            .WithColumn("person")
            .AsString()
            .PrimaryKey()
            .WithColumn("reason")
            .AsString()
            .PrimaryKey();

    public override void Down() => Delete.Table("chat_invites");
}
