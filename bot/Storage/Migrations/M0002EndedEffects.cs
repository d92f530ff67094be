using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Dead letters are shown and done effects forgotten without a walk over all of them.</summary>
[Migration(2)]
public sealed class M0002EndedEffects : Migration
{
    public override void Up() => Execute.Sql("create index effects_ended on effects (state, ended_at) where state <> 'pending'");

    public override void Down() => Delete.Index("effects_ended").OnTable("effects");
}
