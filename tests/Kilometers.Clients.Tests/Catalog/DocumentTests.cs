using Kilometers.Clients.Catalog;

namespace Kilometers.Clients.Tests.Catalog;

public sealed class DocumentTests
{
    /// <summary>The table for people names each client with its files, as the one in the code does.</summary>
    [Fact]
    public void All_Clients_AreInTheDocumentWithTheirFiles()
    {
        var rows = File.ReadAllLines(Page()).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();
        foreach (var client in KnownClients.All)
        {
            var row = Assert.Single(rows, row => row.StartsWith($"| `{client.Name}` | {client.Title} |", StringComparison.Ordinal));
            Assert.All(client.Locations.Where(location => !location.File.Contains("Insiders", StringComparison.Ordinal)), location =>
                Assert.Contains($"`{AsShown(location.File)}`", row, StringComparison.Ordinal)
            );
        }
    }

    private static string AsShown(string place) =>
        place
            .Replace("{project}/", "", StringComparison.Ordinal)
            .Replace("{home}", "~", StringComparison.Ordinal)
            .Replace("{claude}", "~", StringComparison.Ordinal)
            .Replace("{codex}", "~/.codex", StringComparison.Ordinal)
            .Replace("{goose}", "{config}/goose", StringComparison.Ordinal)
            .Replace("{dotconfig}", "{config}", StringComparison.Ordinal)
            .Replace("{opencode}", "{config}", StringComparison.Ordinal);

    private static string Page()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Km.slnx is in no parent folder");
        return Path.Combine(folder.FullName, "docs", "clients.md");
    }
}
