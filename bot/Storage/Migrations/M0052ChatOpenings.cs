using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Since when a room may have been made for an incident whose answer was lost; microseconds since 1970.</summary>
[Migration(52)]
public sealed class M0052ChatOpenings : Migration
{
    public override void Up() => Alter.Table("chat_rooms").AddColumn("opening_at").AsInt64().Nullable();

    public override void Down() => Delete.Column("opening_at").FromTable("chat_rooms");
}
