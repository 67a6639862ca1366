using System.Buffers;

namespace Kilometers.Recordings.Writing;

/// <summary>The block that a session fills.</summary>
internal sealed class OpenBlock
{
    /// <summary>Its row; 0: none yet.</summary>
    public long Row { get; set; }

    public long FirstSequence { get; set; }

    public long LastSequence { get; set; }

    /// <summary>Rows of the index.</summary>
    public int SearchRows { get; set; }

    /// <summary>How many parts are in the file.</summary>
    public int Parts { get; set; }

    /// <summary>How much of <see cref="Content"/> they hold.</summary>
    public int PartBytes { get; set; }

    public ArrayBufferWriter<byte> Content { get; } = new();

    /// <summary>All words that the index has of it, by their hashes, and those to come.</summary>
    public HashSet<ulong> Words { get; } = [];

    /// <summary>The words that the index does not have yet.</summary>
    public ArrayBufferWriter<byte> NewWords { get; } = new();

    public void Clear()
    {
        Row = 0;
        SearchRows = Parts = PartBytes = 0;
        Content.ResetWrittenCount();
        Words.Clear();
        NewWords.ResetWrittenCount();
    }
}
