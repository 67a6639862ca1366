using System.Text.Json;

namespace Kilometers.Recordings.Reading;

/// <summary>A tool that a server offers, as it was listed last, and how often it was called.</summary>
/// <param name="Definition">The definition with its content.</param>
/// <param name="Description">The description in it; empty: there is none.</param>
/// <param name="Calls">How often it was called.</param>
public sealed record OfferedTool(DefinitionVersion Definition, string Description, long Calls);

/// <summary>Finds the tools that servers offer. A client usually puts the definition of each into the model's context.</summary>
public static class OfferedTools
{
    /// <summary>The tools that each server offers, by server and name.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="filter">Which calls are counted; if it names a server, only its tools are returned.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<OfferedTool> Of(RecordingReader reader, CallFilter filter, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var tools = new List<OfferedTool>();
        foreach (var server in DefinitionHistory.AllWithContent(reader, filter.Server).GroupBy(version => version.Server))
        {
            var calls = CallStatistics
                .Of(reader, StatisticsKey.Tool, filter with { Server = server.Key })
                .ToDictionary(figures => figures.Key, figures => figures.Calls, StringComparer.Ordinal);
            tools.AddRange(
                DefinitionHistory
                    .At([.. server.Where(version => version.Kind == "tool")], now)
                    .OrderBy(version => version.Name, StringComparer.Ordinal)
                    .Select(version => new OfferedTool(version, DescriptionIn(version.Content), calls.GetValueOrDefault(version.Name)))
            );
        }

        return tools;
    }

    private static string DescriptionIn(string? content)
    {
        try
        {
            using var document = JsonDocument.Parse(content ?? "{}");
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("description", out var description)
                && description.ValueKind == JsonValueKind.String
                ? description.GetString()!
                : "";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "";
        }
    }
}
