using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>An effect carries on the trace of what it follows from (W3C Trace Context, <c>traceparent</c>).</summary>
[Migration(3)]
public sealed class M0003Outbox : Migration
{
    public override void Up() => Alter.Table("effects").AddColumn("trace").AsString().Nullable();

    public override void Down() => Delete.Column("trace").FromTable("effects");
}
