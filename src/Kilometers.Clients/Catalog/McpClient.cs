namespace Kilometers.Clients.Catalog;

/// <summary>A program that starts MCP servers.</summary>
/// <param name="Name">How it is named on the command line.</param>
/// <param name="Title">What its makers call it.</param>
/// <param name="Locations">Where it keeps servers.</param>
internal sealed record McpClient(string Name, string Title, params IReadOnlyList<ConfigLocation> Locations)
{
    /// <summary>Whether an administrator's rules of Claude Code apply.</summary>
    public bool HasManagedRules { get; init; }
}
