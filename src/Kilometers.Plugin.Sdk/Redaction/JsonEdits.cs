using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>What is replaced in a message, collected in any order and applied in one go. Of two edits of the same place the later one counts.</summary>
internal struct JsonEdits
{
    private List<(int Start, int End, byte[] Replacement)>? _edits;

    public void Replace(int start, int end, byte[] replacement) => (_edits ??= []).Add((start, end, replacement));

    /// <returns>Null if nothing is replaced.</returns>
    public readonly byte[]? Apply(ReadOnlySpan<byte> source)
    {
        if (_edits is null)
            return null;
        var output = new ArrayBufferWriter<byte>(source.Length);
        var copied = 0;
        // The sort is stable: of those that begin together, the longest and then the latest is first.
        foreach (
            var (start, end, replacement) in _edits
                .AsEnumerable()
                .Reverse()
                .OrderBy(static edit => edit.Start)
                .ThenByDescending(static edit => edit.End)
        )
        {
            if (start < copied)
                continue;
            output.Write(source[copied..start]);
            output.Write(replacement);
            copied = end;
        }
        output.Write(source[copied..]);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A string as JSON writes it.</summary>
    public static byte[] Encode(string value)
    {
        var buffer = new ArrayBufferWriter<byte>(value.Length + 16);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            writer.WriteStringValue(value);
        return buffer.WrittenSpan.ToArray();
    }
}
