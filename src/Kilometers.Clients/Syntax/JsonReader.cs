using System.Text;
using System.Text.Json;

namespace Kilometers.Clients.Syntax;

/// <summary>
/// JSON as clients accept it: comments, and commas at the end. A name that is there twice is refused, because clients differ in which one
/// they take.
/// </summary>
internal sealed class JsonReader(byte[] bytes, int start)
{
    private int _at = start;

    /// <exception cref="ConfigSyntaxException">It is not such JSON.</exception>
    public ConfigNode Read()
    {
        SkipTrivia();
        if (_at == bytes.Length)
            return new ConfigNode { Kind = NodeKind.Object, Span = new ByteSpan(_at, _at) };
        var root = Value(0);
        SkipTrivia();
        return _at == bytes.Length ? root : throw Wrong("something follows the end of the value");
    }

    private ConfigNode Value(int depth)
    {
        if (depth == ConfigDocument.MaxDepth)
            throw Wrong("this is nested too deeply");
        return Current switch
        {
            '{' => Object(depth),
            '[' => Array(depth),
            '"' => Text(),
            _ => Word(),
        };
    }

    private ConfigNode Object(int depth)
    {
        var node = new ConfigNode { Kind = NodeKind.Object };
        var first = _at++;
        var names = new HashSet<string>();
        for (SkipTrivia(); Current != '}'; SkipTrivia())
        {
            if (Current != '"')
                throw Wrong("a name in double quotes is expected");
            var name = Text();
            if (!names.Add(name.Text))
                throw new ConfigSyntaxException($"the name \"{name.Text}\" is there twice", name.Span.Start);
            SkipTrivia();
            Take(':', "a colon is expected");
            SkipTrivia();
            node.Members.Add(new ConfigMember(name.Text, name.Span, Value(depth + 1)));
            SkipTrivia();
            if (Current != '}')
                Take(',', "a comma or } is expected");
        }

        node.Span = new ByteSpan(first, ++_at);
        return node;
    }

    private ConfigNode Array(int depth)
    {
        var node = new ConfigNode { Kind = NodeKind.Array };
        var first = _at++;
        for (SkipTrivia(); Current != ']'; SkipTrivia())
        {
            node.Items.Add(Value(depth + 1));
            SkipTrivia();
            if (Current != ']')
                Take(',', "a comma or ] is expected");
        }

        node.Span = new ByteSpan(first, ++_at);
        return node;
    }

    private ConfigNode Text()
    {
        var first = _at++;
        while (Current is not ('"' or '\0'))
        {
            if (Current < ' ')
                throw Wrong("a control character is in a text");
            _at += Current == '\\' ? 2 : 1;
        }

        Take('"', "the text does not end");
        var span = new ByteSpan(first, _at);
        try
        {
            var reader = new Utf8JsonReader(bytes.AsSpan(first, span.Length));
            _ = reader.Read();
            return new ConfigNode
            {
                Kind = NodeKind.Text,
                Span = span,
                Text = reader.GetString()!,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ConfigSyntaxException("an escape in this text is invalid", first);
        }
    }

    /// <summary>A number or one of the three words.</summary>
    private ConfigNode Word()
    {
        var first = _at;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '+' or '-' or '.')
            _at++;
        var span = new ByteSpan(first, _at);
        try
        {
            var reader = new Utf8JsonReader(bytes.AsSpan(first, span.Length));
            if (span.Length > 0 && reader.Read())
                return new ConfigNode
                {
                    Kind = NodeKind.Other,
                    Span = span,
                    Text = Encoding.ASCII.GetString(bytes, first, span.Length),
                };
        }
        catch (JsonException)
        {
            // Reported below.
        }

        throw new ConfigSyntaxException("a value is expected", first);
    }

    private void SkipTrivia()
    {
        while (true)
        {
            if (Current is ' ' or '\t' or '\r' or '\n')
                _at++;
            else if (Starts("//"u8))
                _at = EndOfLine();
            else if (Starts("/*"u8))
                _at = bytes.AsSpan(_at + 2).IndexOf("*/"u8) is >= 0 and var length
                    ? _at + length + 4
                    : throw Wrong("the comment does not end");
            else
                return;
        }
    }

    private int EndOfLine() => bytes.AsSpan(_at).IndexOfAny((byte)'\n', (byte)'\r') is >= 0 and var length ? _at + length : bytes.Length;

    private bool Starts(ReadOnlySpan<byte> text) => bytes.AsSpan(_at).StartsWith(text);

    /// <summary>The byte here; zero at the end of the file.</summary>
    private char Current => _at < bytes.Length ? (char)bytes[_at] : '\0';

    private void Take(char expected, string orElse)
    {
        if (Current != expected || _at >= bytes.Length)
            throw Wrong(orElse);
        _at++;
    }

    private ConfigSyntaxException Wrong(string message) =>
        new(_at >= bytes.Length ? $"the file ends too early: {message}" : message, Math.Min(_at, bytes.Length));
}
