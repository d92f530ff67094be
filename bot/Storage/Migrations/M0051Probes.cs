using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Where each probe on a schedule stands; one row each, however often it looks.</summary>
[Migration(51)]
public sealed class M0051Probes : Migration
{
    public override void Up() =>
        Create
            .Table("probes")
            .WithColumn("name")
            .AsString(int.MaxValue)
            .PrimaryKey()
            .WithColumn("looked_for")
            .AsInt64()
            .NotNullable()
            .WithColumn("failures")
            .AsInt32()
            .NotNullable()
            .WithColumn("successes")
            .AsInt32()
            .NotNullable()
            .WithColumn("failing_since")
            .AsInt64()
            .Nullable()
            .WithColumn("firing")
            .AsBoolean()
            .NotNullable()
            .WithColumn("told")
            .AsBoolean()
            .NotNullable()
            .WithColumn("said")
            .AsString(int.MaxValue)
            .NotNullable();

    public override void Down() => Delete.Table("probes");
}
