using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>What each live run holds or waits for, and how many facts of it came from others, beside where it stands.</summary>
[Migration(7)]
public sealed class M0007RunLocks : Migration
{
    public override void Up()
    {
        Alter
            .Table("runs")
            .AddColumn("locks")
            .AsString(int.MaxValue)
            .Nullable()
            .AddColumn("interventions")
            .AsInt32()
            .NotNullable()
            .WithDefaultValue(0);
        Execute.Sql("create index runs_locks on runs (id) where locks is not null");
    }

    public override void Down()
    {
        Execute.Sql("drop index runs_locks");
        Delete.Column("locks").Column("interventions").FromTable("runs");
    }
}
