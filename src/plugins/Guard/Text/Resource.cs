namespace Kilometers.Plugins.Guard.Text;

/// <summary>The tables that are built into the program.</summary>
internal static class Resource
{
    /// <summary>The lines of a table, without comments and empty ones.</summary>
    /// <param name="name">The table's file.</param>
    public static IEnumerable<string> Lines(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The table {name} is not in the program.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && !line.StartsWith("# ", StringComparison.Ordinal))
                yield return line;
    }

    /// <summary>A file that is built into the program.</summary>
    /// <param name="name">The file.</param>
    public static byte[] Bytes(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The file {name} is not in the program.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
