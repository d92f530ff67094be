using Bot.Parts;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Bot.Cli.Runbooks;

/// <summary>
/// The actions and scripts of this build on their own: no database, no server. Enough to read runbooks, to play their tests and
/// to run what only reads. An action that needs the bot's log or desk gets none; here it is never called.
/// </summary>
internal sealed class Workbench : IAsyncDisposable
{
    private readonly ServiceProvider services;

    public Workbench(IConfiguration configuration)
    {
        var collection = new ServiceCollection().AddSingleton(TimeProvider.System).AddSingleton(configuration).AddLogging().AddHttpClient();
        PartsSetup.RegisterIntegrations(collection, PartCatalog.OfProduct, configuration);
        services = collection.BuildServiceProvider();
        Actions = PartCatalog.ByName(PartCatalog.OfProduct.Implementing<IStepAction>().Select(Part<IStepAction>), action => [action.Name]);
        Reader = new RunbookReader(Actions);
        Secrets = new SecretReader(PartCatalog.OfProduct.Implementing<ISecretStore>().Select(Part<ISecretStore>));
    }

    public IReadOnlyDictionary<string, IStepAction> Actions { get; }

    public RunbookReader Reader { get; }

    public SecretReader Secrets { get; }

    public IScriptRunner Scripts => services.GetRequiredService<IScriptRunner>();

    public ValueTask DisposeAsync() => services.DisposeAsync();

    // Whatever stands above the engine and the integrations is not there.
    private T Part<T>(Type type)
    {
        var constructor = type.GetConstructors().Single();
        var arguments = constructor.GetParameters().Select(parameter => services.GetService(parameter.ParameterType)).ToArray();
        return (T)constructor.Invoke(arguments);
    }
}
