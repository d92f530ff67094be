using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Whether a room has become another incident's since: what is said of it then is the other one's to say.</summary>
[Migration(60)]
public sealed class M0060FormerRooms : Migration
{
    public override void Up() => Alter.Table("chat_rooms").AddColumn("former").AsBoolean().NotNullable().WithDefaultValue(false);

    public override void Down() => Delete.Column("former").FromTable("chat_rooms");
}
