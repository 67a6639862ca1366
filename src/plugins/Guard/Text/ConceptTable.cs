using System.Numerics;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>
/// The table <c>concepts.txt</c>: what a word is about, in several languages, as one bit for each class. What words of two languages are
/// about is the same, so what the model learned of one helps in the other.
/// </summary>
internal sealed class ConceptTable
{
    /// <summary>The table.</summary>
    public const string File = "concepts.txt";

    /// <summary>Longer beginnings are not looked for.</summary>
    public const int MaxStem = 16;

    /// <summary>Letters by which most words are told to begin as no word of the table does.</summary>
    public const int Beginning = 3;

    /// <summary>Classes that no word has, but a form: an address of a page or of mail, a path, and so on.</summary>
    private static readonly string[] Forms =
    [
        "url",
        "mail",
        "path",
        "secretpath",
        "tag",
        "caps",
        "ident",
        "order",
        "forbid",
        "quoted",
        "result",
    ];

    private const uint Basis = 2166136261;
    private const uint Prime = 16777619;
    private const int FilterBits = 1 << 15;

    private readonly Dictionary<uint, ulong> _words = [];
    private readonly Dictionary<uint, ulong> _stems = [];
    private readonly ulong[] _wordFilter = new ulong[FilterBits / 64];
    private readonly ulong[] _stemFilter = new ulong[FilterBits / 64];
    private readonly ulong[] _beginningFilter = new ulong[FilterBits / 64];

    public ConceptTable()
    {
        var names = new List<string>(Forms);
        foreach (var line in Resource.Lines(File))
        {
            if (line.Split('\t') is not [var name, var words])
                throw new FormatException($"A class and its words are expected: {line}");
            if (!names.Contains(name))
                names.Add(name);
            var bit = 1UL << names.IndexOf(name);
            foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                Add(word, bit);
        }

        if (names.Count > 64)
            throw new FormatException("There is room for 64 classes.");
        Names = names;
        Actions = Of("tell", "askuser", "send", "put", "read", "run", "change", "delete", "install", "ignore", "memory", "mime", "loop");
        Openings = Of("you", "must", "always", "not", "hide", "before", "after", "urgent", "please", "model", "join");
        Joints = Of("join", "must");
        Not = Of("not");
    }

    /// <summary>The classes, each at the place of its bit.</summary>
    public IReadOnlyList<string> Names { get; }

    public static ulong Url => 1;

    public static ulong Mail => 2;

    public static ulong Path => 4;

    public static ulong SecretPath => 8;

    public static ulong Tag => 16;

    public static ulong Capitals => 32;

    public static ulong Identifier => 64;

    /// <summary>An action at the beginning of a clause: an order.</summary>
    public static ulong Order => 128;

    /// <summary>An action that must not be.</summary>
    public static ulong Forbidden => 256;

    /// <summary>Something between quotation marks.</summary>
    public static ulong Quoted => 512;

    /// <summary>Not of a word: the text is that of a result.</summary>
    public static ulong Result => 1024;

    /// <summary>What somebody can be told to do.</summary>
    public ulong Actions { get; }

    /// <summary>What may stand before an order.</summary>
    public ulong Openings { get; }

    /// <summary>Words behind which a clause begins.</summary>
    public ulong Joints { get; }

    public ulong Not { get; }

    /// <summary>The hash of a text without letters.</summary>
    public static uint Empty => Basis;

    /// <summary>The hash of a text and one more letter, in lower case.</summary>
    public static uint Add(uint hash, char letter) => (hash ^ letter) * Prime;

    /// <summary>The classes of a whole word, by its hash.</summary>
    public ulong OfWord(uint hash) => IsIn(_wordFilter, hash) && _words.TryGetValue(hash, out var mask) ? mask : 0;

    /// <summary>The classes of words that begin so, by the hash of the beginning.</summary>
    public ulong OfStem(uint hash) => IsIn(_stemFilter, hash) && _stems.TryGetValue(hash, out var mask) ? mask : 0;

    /// <summary>Whether words may begin so and go on, by the hash of the first <see cref="Beginning"/> letters; false is certain.</summary>
    public bool MayBeginStem(uint hash) => IsIn(_beginningFilter, hash);

    /// <summary>Whether words are written without spaces between: each letter may begin one.</summary>
    public static bool IsUnspaced(char letter) =>
        letter is (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF');

    private ulong Of(params ReadOnlySpan<string> classes)
    {
        var mask = 0UL;
        foreach (var name in classes)
            mask |= 1UL << Names.ToList().IndexOf(name);
        return mask;
    }

    private void Add(string word, ulong bit)
    {
        var isStem = word[^1] == '*' || IsUnspaced(word[0]);
        var letters = word.AsSpan().TrimEnd('*');
        if (letters.Length > MaxStem)
            throw new FormatException($"The word is too long: {word}");
        var hash = Empty;
        for (var at = 0; at < letters.Length; at++)
        {
            hash = Add(hash, letters[at]);
            if (isStem && at == Beginning - 1)
                _beginningFilter[Slot(hash) / 64] |= 1UL << (int)(Slot(hash) % 64);
        }

        var (table, filter) = isStem ? (_stems, _stemFilter) : (_words, _wordFilter);
        table[hash] = table.GetValueOrDefault(hash) | bit;
        filter[Slot(hash) / 64] |= 1UL << (int)(Slot(hash) % 64);
    }

    private static bool IsIn(ulong[] filter, uint hash) => (filter[Slot(hash) / 64] >> (int)(Slot(hash) % 64) & 1) != 0;

    private static uint Slot(uint hash) => BitOperations.RotateLeft(hash * 0x9E3779B1, 15) & (FilterBits - 1);
}
