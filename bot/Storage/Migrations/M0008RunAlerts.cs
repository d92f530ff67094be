using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Which alert a run is for, and since when that fired, so that a runbook's cool-down and budget are looked up, not searched for.</summary>
[Migration(8)]
public sealed class M0008RunAlerts : Migration
{
    public override void Up()
    {
        Alter.Table("runs").AddColumn("alert").AsString(int.MaxValue).Nullable().AddColumn("alert_at").AsInt64().Nullable();
        Execute.Sql("create index runs_runbook on runs (runbook, id)");
        Execute.Sql("create index runs_alert on runs (runbook, alert, id) where alert is not null");
    }

    public override void Down()
    {
        Execute.Sql("drop index runs_alert");
        Execute.Sql("drop index runs_runbook");
        Delete.Column("alert").Column("alert_at").FromTable("runs");
    }
}
