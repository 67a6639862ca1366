using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Kilometers.Clients.Syntax;

/// <summary>A configuration as it is written, and what it means.</summary>
internal sealed class ConfigDocument
{
    /// <summary>Levels of nesting; no client writes a tenth of that.</summary>
    public const int MaxDepth = 64;

    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    private ConfigDocument(ConfigFormat format, byte[] bytes, ConfigNode root) => (Format, Bytes, Root) = (format, bytes, root);

    public ConfigFormat Format { get; }

    public byte[] Bytes { get; }

    public ConfigNode Root { get; }

    /// <summary>Reads a file's bytes. One with nothing in it is an empty object.</summary>
    /// <exception cref="ConfigSyntaxException">It is not understood.</exception>
    public static ConfigDocument Parse(ConfigFormat format, byte[] bytes)
    {
        if (!Utf8.IsValid(bytes))
            throw new ConfigSyntaxException("this is not UTF-8", InvalidByte(bytes));
        var start = bytes.AsSpan().StartsWith(Mark) ? Mark.Length : 0;
        if (bytes.AsSpan(start).IndexOfAnyExcept(" \t\r\n"u8) < 0)
            return new ConfigDocument(format, bytes, new ConfigNode { Kind = NodeKind.Object, Span = new ByteSpan(start, start) });
        var root = format switch
        {
            ConfigFormat.Json => new JsonReader(bytes, start).Read(),
            ConfigFormat.Toml => new TomlReader(bytes, start).Read(),
            ConfigFormat.Yaml => new YamlReader(bytes, start).Read(),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
        return new ConfigDocument(format, bytes, root);
    }

    /// <summary>The same file with changes made.</summary>
    /// <exception cref="ConfigSyntaxException">The result is not understood.</exception>
    public ConfigDocument With(IEnumerable<TextEdit> edits) => Parse(Format, TextEdit.Apply(Bytes, edits));

    public ReadOnlySpan<byte> BytesOf(ConfigNode node) => Bytes.AsSpan(node.Span.Start, node.Span.Length);

    public ReadOnlySpan<byte> Between(int start, int end) => Bytes.AsSpan(start, end - start);

    /// <summary>Line and column, from 1; columns count characters.</summary>
    public static string Place(ReadOnlySpan<byte> bytes, int offset)
    {
        var before = bytes[..Math.Min(offset, bytes.Length)];
        var line = before.Count((byte)'\n') + 1;
        var start = before.LastIndexOf((byte)'\n') + 1;
        if (start == 0 && before.StartsWith(Mark))
            start = Mark.Length;
        return string.Create(CultureInfo.InvariantCulture, $"{line}:{Encoding.UTF8.GetCharCount(before[start..]) + 1}");
    }

    private static int InvalidByte(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
            at += length;
        return at;
    }
}
