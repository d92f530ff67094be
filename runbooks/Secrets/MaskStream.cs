using System.Text;

namespace Runbooks.Secrets;

/// <summary>
/// Masks one stream of text that comes in pieces, wherever they are cut. Text is held back only while it may still be the beginning of
/// a secret, and whole lines only while it tells something of one. Every character that belongs to a secret goes, whatever overlaps; line breaks stay. Not for two threads at once.
/// </summary>
public sealed class MaskStream
{
    private const int Ring = 128;
    private const int Kept = 4096;

    private readonly SecretAutomaton automaton;
    private readonly long from;
    private readonly List<Path>?[] arrivals = new List<Path>?[Ring];
    private readonly List<Reading> readings = [];
    private readonly List<(long From, long To)> found = [];
    private char[] window = new char[512];
    private int count;
    private long origin;
    private long next;
    private long forgot;
    private int open;
    private bool starred;

    /// <param name="from">What lies before this character is looked at and not given out: it may be the beginning of a secret.</param>
    internal MaskStream(SecretAutomaton automaton, long from = 0)
    {
        this.automaton = automaton;
        this.from = from;
        Arrive(0, new Path(SecretAutomaton.Root, null));
    }

    private long End => origin + count;

    /// <summary>
    /// How many characters have been given out, as they were before masking; where a secret lies there, to its end: of one that is cut in two nobody
    /// would know the first half.
    /// </summary>
    public long Whole => found is [var (start, end), ..] && start <= origin ? end : origin;

    /// <summary>Takes a piece, and writes what is certain by now.</summary>
    public void Write(ReadOnlySpan<char> text, StringBuilder into)
    {
        const int Piece = 16 * 1024;
        while (!text.IsEmpty)
        {
            var piece = text[..Math.Min(Piece, text.Length)];
            text = text[piece.Length..];
            Append(piece);
            Look(last: false);
            Release(Certain(), into);
        }
    }

    /// <summary>The text is over: writes the rest.</summary>
    public void Finish(StringBuilder into)
    {
        Look(last: true);
        Release(End, into);
    }

    /// <summary>The text was cut here: what may be the beginning of a secret is taken for one.</summary>
    public void Cut(StringBuilder into)
    {
        LookToCut(least: 1);
        var certain = Certain();
        if (certain < End)
            Found(certain, End);
        Release(End, into);
    }

    /// <summary>The same, but for so few characters of one that they tell nothing of it.</summary>
    public void Break(StringBuilder into)
    {
        LookToCut(SecretMask.Shortest);
        WriteTo(End, patient: false, into);
    }

    /// <summary>
    /// Writes lines that are whole: whoever watches has not to wait for the next one. The few characters of a secret that may end
    /// a line tell nothing of it; one that more of it may end is kept, for as long as somebody has patience.
    /// </summary>
    /// <param name="patient">False: what may be the beginning of a secret is taken for one.</param>
    /// <returns>Whether such a line is kept.</returns>
    public bool WriteLines(bool patient, StringBuilder into)
    {
        var end = origin + window.AsSpan(0, count).LastIndexOf('\n') + 1;
        return end > origin && WriteTo(end, patient, into);
    }

    private bool WriteTo(long end, bool patient, StringBuilder into)
    {
        var until = end;
        foreach (var path in arrivals.SelectMany(here => here ?? []))
        {
            var (start, told) = Before(end, path);
            if (told < SecretMask.Shortest)
                continue;
            if (patient)
                until = Math.Min(until, Math.Max(start, origin));
            else
                Found(start, end);
        }

        Release(until, into);
        return until < end;
    }

    // Where the cut may be in the middle of an escape, who is begun may go on with it.
    private void LookToCut(int least)
    {
        Look(last: false);
        if (next < End)
        {
            foreach (var path in arrivals.SelectMany(here => here ?? []))
            {
                var (start, told) = Before(next, path);
                if (told >= least)
                    Found(start, End);
            }
        }

        Look(last: true);
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (count + text.Length > window.Length)
            Array.Resize(ref window, Math.Max(window.Length * 2, count + text.Length));
        text.CopyTo(window.AsSpan(count));
        count += text.Length;
    }

    private void Look(bool last)
    {
        while (next < End)
        {
            var text = window.AsSpan((int)(next - origin), (int)(End - next));
            if (open == 1 && At(next) is [{ Node: SecretAutomaton.Root }])
            {
                // Nothing is begun: on to where something may begin.
                var skip = text.IndexOfAny(automaton.Interesting);
                if (skip != 0)
                {
                    Leave(next);
                    next += skip < 0 ? text.Length : skip;
                    Arrive(next, new Path(SecretAutomaton.Root, null));
                    continue;
                }
            }

            var letter = text[0];
            if (!EscapeReadings.IsStarter(letter))
            {
                foreach (var path in At(next))
                    Follow(path, letter, next, next + 1);
            }
            else
            {
                // No escape goes on behind a line break.
                var ahead = text[..Math.Min(text.Length, EscapeReadings.Reach)];
                var end = ahead.IndexOf('\n');
                if (!last && end < 0 && text.Length < EscapeReadings.Reach)
                    return;
                EscapeReadings.Collect(end < 0 ? ahead : ahead[..(end + 1)], readings);
                foreach (var reading in readings)
                {
                    foreach (var path in At(next))
                    {
                        if (reading.Second is { } second)
                            Follow(Step(path, reading.First, next), second, next, next + reading.Length);
                        else
                            Follow(path, reading.First, next, next + reading.Length);
                    }
                }
            }

            Leave(next++);
        }
    }

    private Path Step(Path path, char letter, long start)
    {
        var node = automaton.Next(path.Node, letter);
        return node == SecretAutomaton.Root
            ? new Path(node, null)
            : new Path(node, new Link(start) { Before = automaton.Depth(node) > 1 ? path.Chain : null });
    }

    private void Follow(Path path, char letter, long start, long end)
    {
        var after = Step(path, letter, start);
        var match = automaton.Match(after.Node);
        if (match > 0)
            Found(Start(after.Chain!, match), end);
        Arrive(end, after);
        if (letter is '\n' or '\r' && automaton.Fold(path.Node) is var folded && folded != SecretAutomaton.Root)
            Arrive(end, path with { Node = folded });
    }

    private static long Start(Link chain, int length)
    {
        for (var i = 1; i < length; i++)
            chain = chain.Before!;
        return chain.Start;
    }

    private long Start(Path path) => path.Chain is null ? long.MaxValue : Start(path.Chain, automaton.Depth(path.Node));

    // Where a reading began, and how many of its letters lie before a place.
    private (long Start, int Letters) Before(long place, Path path)
    {
        var (start, letters) = (long.MaxValue, 0);
        var chain = path.Chain;
        for (var i = 0; i < automaton.Depth(path.Node); i++, chain = chain.Before)
        {
            start = chain!.Start;
            letters += start < place ? 1 : 0;
        }

        return (start, letters);
    }

    private List<Path> At(long position) => arrivals[position % Ring] ??= [];

    private void Arrive(long position, Path path)
    {
        var here = At(position);
        for (var i = 0; i < here.Count; i++)
        {
            if (here[i].Node != path.Node)
                continue;
            // Two readings of the same letters: the longer text goes.
            if (Start(path) < Start(here[i]))
                here[i] = path;
            return;
        }

        here.Add(path);
        open++;
    }

    private void Leave(long position)
    {
        var here = At(position);
        open -= here.Count;
        here.Clear();
    }

    // Apart from each other and in order. A new one is near the end, since no reading is long.
    private void Found(long start, long end)
    {
        var first = found.Count;
        while (first > 0 && found[first - 1].To >= start)
            first--;
        var after = first;
        for (; after < found.Count && found[after].From <= end; after++)
            (start, end) = (Math.Min(start, found[after].From), Math.Max(end, found[after].To));
        found.RemoveRange(first, after - first);
        found.Insert(first, (start, end));
    }

    // What lies before the beginning of a reading is never asked for again, and must not be kept for as long as the stream goes on.
    private void Forget()
    {
        if (next - forgot < Kept)
            return;
        forgot = next;
        foreach (var here in arrivals)
        {
            for (var i = 0; i < here?.Count; i++)
                here[i] = here[i] with { Chain = Copy(here[i]) };
        }
    }

    private Link? Copy(Path path)
    {
        if (path.Chain is not { } chain)
            return null;
        var first = new Link(chain.Start);
        var last = first;
        for (var i = 1; i < automaton.Depth(path.Node); i++)
        {
            chain = chain.Before!;
            last = last.Before = new Link(chain.Start);
        }

        return first;
    }

    // Up to where no reading that is under way has begun.
    private long Certain()
    {
        Forget();
        var certain = next;
        foreach (var here in arrivals)
        {
            if (here is null)
                continue;
            foreach (var path in here)
            {
                if (path.Chain is not { } chain)
                    continue;
                for (var i = 1; i < automaton.Depth(path.Node); i++)
                    chain = chain.Before!;
                certain = Math.Min(certain, chain.Start);
            }
        }

        // The beginning of one may be out already.
        return Math.Max(certain, origin);
    }

    private void Release(long until, StringBuilder into)
    {
        var at = origin;
        foreach (var (start, end) in found)
        {
            if (start >= until)
                break;
            Plain(at, Math.Min(start, until), into);
            Star(Math.Max(at, start), Math.Min(end, until), into);
            at = Math.Max(at, Math.Min(end, until));
        }

        Plain(at, until, into);
        found.RemoveAll(match => match.To <= until);
        count -= (int)(until - origin);
        Array.Copy(window, (int)(until - origin), window, 0, count);
        origin = until;
    }

    private void Plain(long start, long end, StringBuilder into)
    {
        start = Math.Max(start, from);
        if (start >= end)
            return;
        starred = false;
        into.Append(window, (int)(start - origin), (int)(end - start));
    }

    private void Star(long start, long end, StringBuilder into)
    {
        for (var at = Math.Max(start, from); at < end; at++)
        {
            var letter = window[(int)(at - origin)];
            if (letter is '\n' or '\r')
                into.Append(letter);
            else if (!starred)
                into.Append(SecretMask.Stars);
            starred = letter is not ('\n' or '\r');
        }
    }

    private readonly record struct Path(int Node, Link? Chain);

    /// <summary>Where in the text the letters began that led to a node, the last one first.</summary>
    private sealed class Link(long start)
    {
        public long Start => start;

        public Link? Before { get; set; }
    }
}
