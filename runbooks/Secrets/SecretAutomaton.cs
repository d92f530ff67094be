using System.Buffers;

namespace Runbooks.Secrets;

/// <summary>
/// Finds any of many texts in one pass (Aho and Corasick, 1975): time is linear in the text, whatever the number of texts.
/// Immutable; used from many threads.
/// </summary>
internal sealed class SecretAutomaton
{
    public const int Root = 0;

    private readonly Dictionary<ulong, int> children = [];
    private readonly List<int> depth = [0];
    private readonly List<bool> folds = [false];
    private readonly List<bool> ends = [false];
    private readonly int[] fail;
    private readonly int[] match;
    private readonly int[] fold;

    public SecretAutomaton(IEnumerable<SecretForm> forms)
    {
        var first = new HashSet<char>();
        foreach (var form in forms)
        {
            first.Add(form.Text[0]);
            Add(form);
        }

        fail = new int[depth.Count];
        match = new int[depth.Count];
        fold = new int[depth.Count];
        Link();
        // A text that is found can also begin with an escape; where neither is, nothing begins.
        Interesting = SearchValues.Create([.. first, .. EscapeReadings.Starters]);
    }

    /// <summary>The characters with which something may begin.</summary>
    public SearchValues<char> Interesting { get; }

    /// <summary>Where a character leads from a node: the longest beginning of a text that the characters so far end with.</summary>
    public int Next(int node, char letter)
    {
        int next;
        while (!children.TryGetValue(Key(node, letter), out next))
        {
            if (node == Root)
                return Root;
            node = fail[node];
        }

        return next;
    }

    /// <summary>How many characters of a text the node stands for.</summary>
    public int Depth(int node) => depth[node];

    /// <summary>The length of the longest text that ends here; 0 if none does.</summary>
    public int Match(int node) => match[node];

    /// <summary>Where a line break leads that is the folding of an encoder, and no part of the text: to the longest beginning of one that is folded.</summary>
    public int Fold(int node) => fold[node];

    private static ulong Key(int node, char letter) => ((ulong)node << 16) | letter;

    private void Add(SecretForm form)
    {
        var node = Root;
        foreach (var letter in form.Text)
        {
            if (!children.TryGetValue(Key(node, letter), out var next))
            {
                next = depth.Count;
                children[Key(node, letter)] = next;
                depth.Add(depth[node] + 1);
                folds.Add(false);
                ends.Add(false);
            }

            node = next;
            folds[node] |= form.Folded;
        }

        ends[node] = true;
    }

    private void Link()
    {
        // Keys in order of depth: a node's failure is always less deep than itself, and known by then.
        foreach (var (key, node) in children.OrderBy(child => depth[child.Value]))
        {
            var (parent, letter) = ((int)(key >> 16), (char)(key & 0xFFFF));
            fail[node] = parent == Root ? Root : Next(fail[parent], letter);
            match[node] = ends[node] ? depth[node] : match[fail[node]];
            fold[node] = folds[node] ? node : fold[fail[node]];
        }
    }
}

/// <summary>One way in which a secret is written.</summary>
/// <param name="Folded">Encoders break it into lines anywhere (base64, hex).</param>
internal readonly record struct SecretForm(string Text, bool Folded);
