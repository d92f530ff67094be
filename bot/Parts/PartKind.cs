using Bot.Commands;
using Bot.Effects;
using Bot.Web;
using Integrations;
using Runbooks.Actions;
using Runbooks.Secrets;

namespace Bot.Parts;

/// <summary>A contract whose implementers are found by themselves.</summary>
/// <param name="Word">As <c>/health/parts</c> calls it.</param>
/// <param name="Names">What a part answers to, the name that it is listed by first; unique among the parts of its kind.</param>
internal sealed record PartKind(string Word, Type Contract, Func<object, IReadOnlyList<string>> Names)
{
    public static IReadOnlyList<PartKind> All { get; } =
    [
        Of<IAlertSource>("alert-source", part => [part.Kind]),
        Of<IStepAction>("action", part => [part.Name]),
        Of<ISecretStore>("secret-store", part => [part.Scheme]),
        Of<IChatPlatform>("chat-platform", part => [part.Name]),
        Of<IPager>("pager", part => [part.Name]),
        Of<IWebDoor>("door", part => part.Paths),
        Of<IChatCommand>("command", part => [part.Word, .. part.Aliases]),
        Of<IPages>("page", part => [part.Path]),
        Of<IEffectHandler>("effect", part => [part.Kind]),
    ];

    private static PartKind Of<TContract>(string word, Func<TContract, IReadOnlyList<string>> names) =>
        new(word, typeof(TContract), part => names((TContract)part));
}
