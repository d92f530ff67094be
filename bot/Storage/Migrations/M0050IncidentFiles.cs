using FluentMigrator;

namespace Bot.Storage.Migrations;

/// <summary>Pictures and other files of incidents. The log names them by their hash, so that its chain vouches for them, too.</summary>
[Migration(50)]
public sealed class M0050IncidentFiles : Migration
{
    public override void Up() =>
        Create
            .Table("incident_files")
            .WithColumn("incident")
            .AsInt32()
            .PrimaryKey()
            .WithColumn("hash")
            .AsString(64)
            .PrimaryKey()
            .WithColumn("media_type")
            .AsString(int.MaxValue)
            .NotNullable()
            .WithColumn("content")
            .AsBinary(int.MaxValue)
            .NotNullable();

    public override void Down() => Delete.Table("incident_files");
}
