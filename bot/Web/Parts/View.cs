using System.Reflection;
using Microsoft.AspNetCore.Components;

namespace Bot.Web.Parts;

/// <summary>
/// A page whose properties are set by the endpoint that shows it. Razor makes components public, so a framework parameter
/// could not have one of our internal types; these are set by name from what the endpoint gives.
/// </summary>
public abstract class View : ComponentBase
{
    public override Task SetParametersAsync(ParameterView parameters)
    {
        foreach (var parameter in parameters)
        {
            var property =
                GetType().GetProperty(parameter.Name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                ?? throw new InvalidOperationException($"The page {GetType().Name} takes no {parameter.Name}.");
            property.SetValue(this, parameter.Value);
        }

        return base.SetParametersAsync(ParameterView.Empty);
    }
}
