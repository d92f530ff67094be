using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>What a private route took, and no incident holds, is still not for everybody.</summary>
[Migration(5)]
public sealed class M0005PrivateAlerts : Migration
{
    public override void Up()
    {
        Alter.Table("alerts").AddColumn("private").AsBoolean().NotNullable().WithDefaultValue(false);
        Alter.Table("deliveries").AddColumn("private").AsBoolean().NotNullable().WithDefaultValue(false);
    }

    public override void Down()
    {
        Delete.Column("private").FromTable("alerts");
        Delete.Column("private").FromTable("deliveries");
    }
}
