using Bot.Access;
using Bot.Log;

namespace Bot.Desk;

/// <summary>One change of who may do what, decided under the log's lock: a link is redeemed once, however many try at a time.</summary>
/// <param name="decide">Pure; gets the book as it stands in the transaction, and its time.</param>
internal sealed class AccessWork(Func<AccessBook, DateTimeOffset, AccessDecision> decide, Actor actor) : DeskWork<AccessAnswer>
{
    public override AccessAnswer Decide(IDraft draft)
    {
        switch (decide(draft.Access, draft.Now))
        {
            case AccessDecision.Decided decided:
                draft.Append(StreamId.Access, decided.Fact, actor);
                return new AccessAnswer(
                    true,
                    decided.Text,
                    decided.Fact switch
                    {
                        AccessFact.UserInvited invited => invited.LinkHash,
                        AccessFact.TokenCreated created => created.SecretHash,
                        _ => null,
                    }
                );
            case AccessDecision.Refused refused:
                return new AccessAnswer(false, refused.Why);
            default:
                throw new InvalidOperationException("An access decision is either decided or refused.");
        }
    }
}
