using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>What the last drill of each runbook found. Times are microseconds since 1970.</summary>
[Migration(45)]
public sealed class M0045Drills : Migration
{
    public override void Up() =>
        Create
            .Table("drills")
            .WithColumn("name")
            .AsString()
            .PrimaryKey()
            .WithColumn("first_at")
            .AsInt64()
            .NotNullable()
            .WithColumn("at")
            .AsInt64()
            .NotNullable()
            .WithColumn("rot")
            .AsInt32()
            .NotNullable()
            .WithColumn("report")
            .AsString(int.MaxValue)
            .NotNullable();

    public override void Down() => Delete.Table("drills");
}
