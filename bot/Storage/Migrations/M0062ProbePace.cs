using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>How often each probe is looked for, so that a node that does not have it knows when nobody does any more.</summary>
[Migration(62)]
public sealed class M0062ProbePace : Migration
{
    public override void Up() => Alter.Table("probes").AddColumn("every").AsInt64().NotNullable().WithDefaultValue(0);

    public override void Down() => Delete.Column("every").FromTable("probes");
}
