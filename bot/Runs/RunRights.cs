using Bot.Access;
using Runbooks.Definition;

namespace Bot.Runs;

/// <summary>Who may start a runbook, and so have its steps made. Pure.</summary>
internal static class RunRights
{
    /// <returns>Null if the caller may, else why not.</returns>
    public static string? Refusal(RunbookSet books, Caller by)
    {
        if (!by.May(Role.Responder))
            return "Starting a runbook needs the role responder.";
        // Who may not start a runbook may not have another one start it.
        var barred = books.Called.Values.Prepend(books.Root).FirstOrDefault(definition => !by.IsIn(definition.MayRun));
        return barred is null ? null : $"Only {string.Join(", ", barred.MayRun)} may start '{barred.Name}'.";
    }
}
