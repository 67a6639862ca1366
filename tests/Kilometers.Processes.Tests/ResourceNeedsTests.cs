using System.Globalization;
using System.Text.RegularExpressions;

namespace Kilometers.Processes.Tests;

public sealed partial class ResourceNeedsTests
{
    [Fact]
    public void What_the_relay_needs_is_the_same_before_dotnet_starts_and_after()
    {
        var source = File.ReadAllText(Path.Combine(Root(), "src", "Kilometers.Relay", "Native", "no_room.c"));
        var needs = ResourceNeeds.OfRelay;
        Assert.Equal(
            [("ADDRESS_SPACE", needs.AddressSpace), ("DATA", needs.Data), ("STACK", needs.Stack), ("FILES", needs.OpenFiles)],
            Minimum()
                .Matches(source)
                .Select(match =>
                    (
                        match.Groups["what"].Value,
                        ulong.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture)
                            << (match.Groups["shift"] is { Success: true } shift ? int.Parse(shift.Value, CultureInfo.InvariantCulture) : 0)
                    )
                )
        );
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Directory.Packages.props")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"#define MIN_(?<what>\w+) \(?(?<number>\d+)ULL( << (?<shift>\d+)\))?")]
    private static partial Regex Minimum();
}
