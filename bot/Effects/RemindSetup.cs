using Bot.Incidents;

namespace Bot.Effects;

internal static class RemindSetup
{
    /// <summary>After how long people are reminded (<c>Reminders:…</c>).</summary>
    public static IServiceCollection AddReminders(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(_ => new ReminderOptions(
            configuration.GetValue("Reminders:NoCommander", ReminderOptions.Usual.NoCommander),
            configuration.GetValue("Reminders:NoUpdate", ReminderOptions.Usual.NoUpdate),
            configuration.GetValue("Reminders:StillOpen", ReminderOptions.Usual.StillOpen)
        ));
}
