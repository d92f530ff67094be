using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Files that runs have left, by run and content, in parts. The log names them by their hash.</summary>
[Migration(55)]
public sealed class M0055Artifacts : Migration
{
    public override void Up() =>
        Create
            .Table("artifacts")
            .WithColumn("run")
            .AsString(64)
            .PrimaryKey()
            .WithColumn("hash")
            .AsString(64)
            .PrimaryKey()
            .WithColumn("part")
            .AsInt32()
            .PrimaryKey()
            .WithColumn("content")
            .AsBinary(int.MaxValue)
            .NotNullable();

    public override void Down() => Delete.Table("artifacts");
}
