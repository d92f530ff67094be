using System.Text.Json;
using Integrations;
using Runbooks.Definition;
using Runbooks.Secrets;

namespace Bot.Runs;

/// <summary>What has to be true of secrets before a run starts: all are there, and nothing that was given holds the value of one.</summary>
internal static class SecretDoor
{
    /// <param name="inputs">As resolved; those of type secret are references.</param>
    /// <returns>Problems by field, and the mask for whatever else the run is started with.</returns>
    public static async Task<(IReadOnlyList<FieldProblem> Problems, SecretMask Mask)> CheckAsync(
        SecretReader reader,
        RunbookDefinition definition,
        JsonElement inputs,
        CancellationToken cancel
    )
    {
        var secrets = await reader.ReadAsync(definition, cancel);
        var problems = secrets.Missing.Select(missing => new FieldProblem($"inputs.{missing.Input}", null, missing.Because)).ToList();
        foreach (var input in definition.Inputs.Where(input => input.Type is not InputType.Secret))
        {
            if (!inputs.TryGetProperty(input.Name, out var value))
                continue;
            var masked = new List<string>();
            secrets.Mask.Apply(value, masked);
            if (masked.Count > 0)
                problems.Add(
                    new FieldProblem($"inputs.{input.Name}", null, "It holds a secret of this runbook, and inputs are shown. Leave it out.")
                );
        }

        return (problems, secrets.Mask);
    }
}
