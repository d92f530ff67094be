using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Storage;

namespace Bot.Web.Security;

/// <summary>An effect of a private incident, or of a run of one, is as private as that.</summary>
internal sealed class EffectSight(Visibility visibility, RunTable runs)
{
    public async Task<bool> MaySeeAsync(Caller caller, EffectRow effect, CancellationToken cancel)
    {
        if (caller.May(Role.Admin))
            return true;
        using var payload = JsonDocument.Parse(effect.Payload);
        if (payload.RootElement.ValueKind is not JsonValueKind.Object)
            return caller.May(Role.Viewer);
        if (payload.RootElement.TryGetProperty("incident", out var incident) && incident.TryGetInt32(out var number))
            return await visibility.MaySeeAsync(caller, number, cancel);
        if (payload.RootElement.TryGetProperty("run", out var id) && id.ValueKind is JsonValueKind.String)
            return await visibility.MaySeeAsync(caller, (await runs.FindAsync(id.GetString()!, cancel))?.Incident, cancel);
        return caller.May(Role.Viewer);
    }
}
