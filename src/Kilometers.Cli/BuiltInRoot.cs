namespace Kilometers.Cli;

/// <summary>The root that this km was published with; a km from source has none.</summary>
internal static class BuiltInRoot
{
    /// <summary>PEM, or null.</summary>
    public static string? Pem { get; } = Read();

    private static string? Read()
    {
        using var stream = typeof(BuiltInRoot).Assembly.GetManifestResourceStream("trust-root.pem");
        return stream is null ? null : new StreamReader(stream).ReadToEnd();
    }
}
