using System.Text;

namespace Runbooks.Secrets;

/// <summary>
/// Takes from a stream what only a terminal understands (ECMA-48 sequences, control characters) and what would turn the reading
/// direction of a page. It comes before masking: a colour in the middle of a secret must not hide it.
/// A carriage return ends a line. One stream; not for two threads at once.
/// </summary>
public sealed class PlainText
{
    private State state;
    private bool returned;

    private enum State
    {
        Text,
        Escape,
        Intermediate,
        Sequence,
        String,
        StringEscape,
    }

    public static string Of(string text)
    {
        var plain = new StringBuilder(text.Length);
        new PlainText().Write(text, plain);
        return plain.ToString();
    }

    public void Write(ReadOnlySpan<char> text, StringBuilder into)
    {
        while (!text.IsEmpty)
        {
            if (state is State.Text && !returned)
            {
                // Nearly all text needs nothing: it is copied in runs.
                var run = 0;
                while (run < text.Length && IsPlain(text[run]))
                    run++;
                into.Append(text[..run]);
                text = text[run..];
                if (text.IsEmpty)
                    return;
            }

            if (Take(text[0], into))
                text = text[1..];
        }
    }

    private static bool IsPlain(char letter) =>
        letter is (>= ' ' and < '\u007f') or '\n' or '\t' || (letter >= '\u00a0' && !TurnsDirection(letter));

    private static bool TurnsDirection(char letter) =>
        letter is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029' or '\ufeff';

    /// <returns>False if the character has to be looked at again.</returns>
    private bool Take(char letter, StringBuilder into)
    {
        switch (state)
        {
            case State.Text:
                Text(letter, into);
                return true;
            case State.Escape:
                state = letter switch
                {
                    '[' => State.Sequence,
                    ']' or 'P' or 'X' or '^' or '_' => State.String,
                    >= ' ' and <= '/' => State.Intermediate,
                    _ => State.Text,
                };
                return letter >= ' ' && letter < '\u007f';
            case State.Intermediate:
            case State.Sequence:
                if (letter is >= ' ' and <= '?' && !(state is State.Intermediate && letter >= '0'))
                    return true;
                state = State.Text;
                return letter is > ' ' and <= '~';
            case State.String:
                if (letter is '\n')
                {
                    // Never ended: it does not swallow the rest.
                    state = State.Text;
                    return false;
                }

                if (letter is '\a' or '\u009c' or '\u001b')
                    state = letter is '\u001b' ? State.StringEscape : State.Text;
                return true;
            default:
                state = letter is '\\' ? State.Text : State.Escape;
                return letter is '\\';
        }
    }

    private void Text(char letter, StringBuilder into)
    {
        var again = returned;
        returned = letter is '\r';
        if (letter is '\r' || (letter is '\n' && !again))
            into.Append('\n');
        else if (letter is '\u001b')
            state = State.Escape;
        else if (letter is '\u009b')
            state = State.Sequence;
        else if (letter is not '\n' && IsPlain(letter))
            into.Append(letter);
    }
}
