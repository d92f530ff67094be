using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Old answers are forgotten without a walk over all of them.</summary>
[Migration(4)]
public sealed class M0004OldAnswers : Migration
{
    public override void Up() => Execute.Sql("create index answers_at on answers (at)");

    public override void Down() => Delete.Index("answers_at").OnTable("answers");
}
