using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integrations;

/// <summary>What a vendor's folder needs in the container (clients, options). Discovered; called once at start.</summary>
public interface IIntegration
{
    static abstract void Register(IServiceCollection services, IConfiguration configuration);

    /// <summary>What is wrong with the vendor's settings, each a sentence with the key and what would be right; no secret's value.</summary>
    static virtual IEnumerable<string> Problems(IConfiguration configuration) => [];
}
