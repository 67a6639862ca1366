namespace Kilometers.Ui.Pages;

/// <summary>What surrounds a page.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Section">The entry of the navigation that it belongs to.</param>
/// <param name="Up">Where Esc leads; null: nowhere.</param>
public sealed record Frame(string Title, string Section, string? Up = null)
{
    /// <summary>The navigation.</summary>
    public static IReadOnlyList<(string Name, string Link)> Sections { get; } =
    [
        ("Sessions", "/"),
        ("Tools", "/tools"),
        ("Charts", "/charts"),
        ("Definitions", "/definitions"),
        ("Findings", "/findings"),
        ("Search", "/search"),
    ];
}
