using System.Buffers;
using System.Numerics;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>One sentence, as numbers of what is in it. Used again for the next one.</summary>
internal sealed class Sentence
{
    /// <summary>Features that are kept; a sentence has at most <see cref="SentenceReader.MaxTokens"/> words.</summary>
    public const int MaxFeatures = 1024;

    private readonly int[] _features = new int[MaxFeatures];
    private readonly int[] _places = new int[MaxFeatures];

    public int Start { get; set; }

    public int End { get; set; }

    /// <summary>How many words it has.</summary>
    public int Tokens { get; set; }

    /// <summary>What its words are about.</summary>
    public ulong Concepts { get; set; }

    public int Count { get; private set; }

    /// <summary>What features weigh; then they are added up, and not kept. Null: they are kept.</summary>
    public sbyte[]? Weights { get; set; }

    /// <summary>What its features weigh together.</summary>
    public int Weight { get; private set; }

    /// <summary>Words, pairs of words, and pairs of what two words near each other are about, as places in the table of weights.</summary>
    public ReadOnlySpan<int> Features => _features.AsSpan(0, Count);

    /// <summary>For each of the features, where its word begins.</summary>
    public ReadOnlySpan<int> Places => _places.AsSpan(0, Count);

    public void Clear(int start) => (Start, End, Tokens, Concepts, Count, Weight) = (start, start, 0, 0, 0, 0);

    public void Add(uint hash, int place)
    {
        if (Count == MaxFeatures)
            return;
        // The upper bits of a product depend on all bits of the hash.
        var feature = (int)((hash * 0x9E3779B1) >> (32 - InstructionModel.TableBits));
        if (Weights is { } weights)
        {
            Weight += weights[feature];
            Count++;
            return;
        }

        _features[Count] = feature;
        _places[Count++] = place;
    }
}

/// <summary>Reads a text sentence by sentence, in one pass and without memory of its own for each.</summary>
/// <param name="concepts">What words are about.</param>
/// <param name="text">The text, without hidden characters.</param>
internal ref struct SentenceReader(ConceptTable concepts, ReadOnlySpan<char> text)
{
    /// <summary>Words after which a sentence ends in any case.</summary>
    public const int MaxTokens = 48;

    /// <summary>A longer word is none: an identifier, or data in an encoding.</summary>
    private const int MaxWord = 40;

    /// <summary>Words between which two concepts still belong together.</summary>
    private const int Near = 4;

    private const uint NumberHash = 11;
    private const uint FormHash = 13;
    private const uint LongHash = 17;
    private const uint FirstMark = 0x51ED270B;
    private const uint RoleMark = 0x2545F491;

    private static readonly SearchValues<char> EndOfPlace = SearchValues.Create(" \t\r\n\"'`<>()[]{},;|*，。、；（）「」");

    private static readonly SearchValues<string> Sensitive = SearchValues.Create(
        [
            "ssh",
            ".env",
            ".aws",
            ".kube",
            "passwd",
            "shadow",
            "netrc",
            "_history",
            "credential",
            "secret",
            "id_rsa",
            "id_ed25519",
            "token",
            "gnupg",
            "mcp.json",
            ".npmrc",
            "wallet",
            ".pem",
        ],
        StringComparison.OrdinalIgnoreCase
    );

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;
    private uint _previous;
    private ulong _lastConcepts;
    private int _lastToken;
    private bool _isOpening;
    private bool _isForbidden;
    private bool _isQuoted;

    /// <summary>Reads the next sentence; false: there is none.</summary>
    public bool Read(Sentence into)
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        if (_at >= _text.Length)
            return false;
        into.Clear(_at);
        (_previous, _lastConcepts, _lastToken) = (1, 0, -Near);
        (_isOpening, _isForbidden, _isQuoted) = (true, false, false);
        while (_at < _text.Length && into.Tokens < MaxTokens)
        {
            var letter = _text[_at];
            if (letter == ' ')
                _at++;
            else if (IsWordLetter(letter))
                Word(into);
            else if (char.IsAsciiDigit(letter))
                Number(into);
            else if (ConceptTable.IsUnspaced(letter))
                Unspaced(into);
            else if (IsEnd(letter))
            {
                _at++;
                break;
            }
            else if (letter is '/' or '~' or '.' && IsPlace())
                Place(into, _at);
            else
            {
                if (letter == '<' && _at + 1 < _text.Length && (char.IsAsciiLetter(_text[_at + 1]) || _text[_at + 1] is '/' or '|'))
                    Form(into, ConceptTable.Tag, _at);
                else if (letter is '"' or '“' or '”' or '「' or '」')
                    _isQuoted = !_isQuoted;
                if (letter is ',' or ':' or ';' or '-' or '–' or '—' or '(' or '，' or '、' or '：' or '>' or '*' or '"')
                    (_isOpening, _isForbidden) = (true, false);
                _at++;
            }
        }

        into.End = _at;
        return true;
    }

    private readonly char Next(int distance = 1) => _at + distance < _text.Length ? _text[_at + distance] : '\n';

    private static bool IsWordLetter(char letter) =>
        char.IsAsciiLetter(letter) || letter == '_' || (letter > 0x7F && char.IsLetter(letter) && !ConceptTable.IsUnspaced(letter));

    /// <summary>A full stop before a space, or a line's end that is not within a sentence.</summary>
    private readonly bool IsEnd(char letter)
    {
        if (letter is '。' or '！' or '？' or '；')
            return true;
        if (letter is '.' or '!' or '?')
            return char.IsWhiteSpace(Next()) || Next() is '"' or '\'' or ')' or '<';
        if (letter != '\n')
            return false;
        var at = _at + 1;
        while (at < _text.Length && _text[at] is ' ' or '\t')
            at++;
        return at >= _text.Length || !char.IsLower(_text[at]);
    }

    /// <summary>Whether a file or folder is named here: <c>/etc</c>, <c>~/x</c>, <c>./x</c>, <c>.env</c>.</summary>
    private readonly bool IsPlace()
    {
        if (_at > 0 && !(char.IsWhiteSpace(_text[_at - 1]) || EndOfPlace.Contains(_text[_at - 1]) || _text[_at - 1] is ':' or '='))
            return false;
        return _text[_at] switch
        {
            '~' => Next() == '/',
            '.' => char.IsAsciiLetter(Next()) || Next() == '/',
            _ => char.IsAsciiLetter(Next()),
        };
    }

    private void Place(Sentence into, int start)
    {
        var length = _text[start..].IndexOfAny(EndOfPlace);
        var end = length < 0 ? _text.Length : start + length;
        // The full stop is the sentence's.
        while (end > start + 1 && _text[end - 1] is '.' or ':' or '?' or '!')
            end--;
        end = Math.Max(end, _at + 1);
        var place = _text[start..end];
        var form = place.Contains("://", StringComparison.Ordinal) ? ConceptTable.Url : ConceptTable.Path;
        if (form == ConceptTable.Path && place.ContainsAny(Sensitive))
            form |= ConceptTable.SecretPath;
        Form(into, form, start);
        _at = end;
    }

    private void Form(Sentence into, ulong form, int start) => Token(into, FormHash + (uint)form, form, start);

    private void Number(Sentence into)
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || (_text[_at] is '.' or ',' && char.IsAsciiDigit(Next()))))
            _at++;
        Token(into, _at - start > MaxWord ? LongHash : NumberHash, 0, start);
    }

    private void Word(Sentence into)
    {
        var start = _at;
        var hash = ConceptTable.Empty;
        ulong about = 0;
        var (capitals, isName, isLetters, mayBeStem) = (0, false, true, true);
        for (; _at < _text.Length; _at++)
        {
            var letter = _text[_at];
            if (char.IsAsciiLetterLower(letter))
            {
                // Most are.
            }
            else if (char.IsAsciiLetterUpper(letter))
            {
                isName |= _at > start && char.IsAsciiLetterLower(_text[_at - 1]);
                capitals++;
                letter = (char)(letter | 0x20);
            }
            else if (letter > 0x7F)
            {
                if (letter == '’')
                    letter = '\'';
                else if (!IsWordLetter(letter))
                    break;
                else
                    letter = char.ToLowerInvariant(letter);
            }
            else if (letter is '_')
                isName = true;
            else if (char.IsAsciiDigit(letter))
                isLetters = false;
            else if (letter == '\'')
            {
                if (!char.IsAsciiLetter(Next()))
                    break;
            }
            else
                break;
            hash = ConceptTable.Add(hash, letter);
            if (!mayBeStem)
                continue;
            about |= concepts.OfStem(hash);
            var count = _at - start + 1;
            mayBeStem = count == ConceptTable.Beginning ? concepts.MayBeginStem(hash) : count < ConceptTable.MaxStem;
        }

        var length = _at - start;
        if (_at < _text.Length && Continues())
        {
            Place(into, start);
            return;
        }

        if (_at < _text.Length && _text[_at] == '@' && char.IsAsciiLetterOrDigit(Next()))
        {
            var end = _text[_at..].IndexOfAny(EndOfPlace);
            _at = end < 0 ? _text.Length : _at + end;
            Form(into, ConceptTable.Mail, start);
            return;
        }

        if (length > MaxWord)
        {
            Token(into, LongHash, 0, start);
            return;
        }

        if (isName || !isLetters)
        {
            Form(into, ConceptTable.Identifier, start);
            return;
        }

        about |= concepts.OfWord(hash);
        if (start > 0 && _text[start - 1] is '`' or '\'' && _at < _text.Length && _text[_at] is '`' or '\'')
            about |= ConceptTable.Identifier;
        if (length > 3 && capitals == length)
            about |= ConceptTable.Capitals;
        if (_at < _text.Length && _text[_at] == ':' && into.Tokens == 0)
            into.Add(hash ^ RoleMark, start);
        Token(into, hash, about, start);
    }

    /// <summary>Whether what began as a word is an address, or a file with its ending.</summary>
    private readonly bool Continues() =>
        _text[_at] switch
        {
            ':' => Next() == '/' && Next(2) == '/',
            '.' => char.IsAsciiLetter(Next()) && _at > 1 && char.IsAsciiLetterOrDigit(_text[_at - 2]),
            _ => false,
        };

    /// <summary>Text without spaces: each pair of letters is a word, and each place may begin one of the table.</summary>
    private void Unspaced(Sentence into)
    {
        var hash = ConceptTable.Empty;
        ulong about = 0;
        for (var length = 0; length < 6 && _at + length < _text.Length && ConceptTable.IsUnspaced(_text[_at + length]); length++)
        {
            hash = ConceptTable.Add(hash, _text[_at + length]);
            about |= concepts.OfStem(hash);
        }

        Token(into, ConceptTable.Add(ConceptTable.Empty, _text[_at]), about, _at);
        _at++;
    }

    private void Token(Sentence into, uint hash, ulong about, int start)
    {
        into.Add(hash, start);
        into.Add((_previous * 31) ^ BitOperations.RotateLeft(hash, 7), start);
        if (into.Tokens == 0)
        {
            into.Add(hash ^ FirstMark, start);
            for (var left = about; left != 0; left &= left - 1)
                into.Add(FirstMark + ((uint)BitOperations.TrailingZeroCount(left) * 7919), start);
        }

        if ((about & concepts.Not) != 0)
            _isForbidden = true;
        if ((about & concepts.Actions) != 0 && (_isOpening || _isForbidden))
        {
            about |= _isForbidden ? ConceptTable.Forbidden : ConceptTable.Order;
            if (_isQuoted)
                about |= ConceptTable.Quoted;
            (_isOpening, _isForbidden) = (false, false);
        }

        _isOpening = (about & concepts.Joints) != 0 || (_isOpening && (about & concepts.Openings) != 0);
        if (about != 0)
        {
            if (into.Tokens - _lastToken <= Near)
                for (var left = about; left != 0; left &= left - 1)
                for (var before = _lastConcepts; before != 0; before &= before - 1)
                    into.Add(
                        0xC2B2AE35
                            ^ (((uint)BitOperations.TrailingZeroCount(before) * 64) + (uint)BitOperations.TrailingZeroCount(left))
                                * 0x85EBCA6B,
                        start
                    );
            (_lastConcepts, _lastToken) = (about, into.Tokens);
            into.Concepts |= about;
        }

        _previous = hash;
        into.Tokens++;
    }
}
