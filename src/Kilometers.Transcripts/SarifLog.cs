using System.Text.Json;

namespace Kilometers.Transcripts;

/// <summary>A SARIF 2.1.0 file of one run.</summary>
public static class SarifLog
{
    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json";

    /// <summary>Writes it.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="run">What it says.</param>
    public static void Write(Stream output, SarifRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        writer.WriteStartObject();
        writer.WriteString("$schema", Schema);
        writer.WriteString("version", "2.1.0");
        writer.WriteStartArray("runs");
        writer.WriteStartObject();
        WriteTool(writer, run);
        writer.WriteStartArray("results");
        foreach (var result in run.Results)
            WriteResult(writer, result);
        writer.WriteEndArray();
        WriteProperties(writer, run.Properties);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter writer, SarifRun run)
    {
        writer.WriteStartObject("tool");
        writer.WriteStartObject("driver");
        writer.WriteString("name", run.Tool);
        writer.WriteString("version", run.Version);
        writer.WriteString("informationUri", "https://kilometers.ai");
        writer.WriteStartArray("rules");
        foreach (var rule in run.Rules)
        {
            writer.WriteStartObject();
            writer.WriteString("id", rule.Id);
            WriteText(writer, "shortDescription", rule.Description);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, SarifResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("ruleId", result.Rule);
        writer.WriteString("level", result.Level.ToString().ToLowerInvariant());
        WriteText(writer, "message", result.Message);

        // Code scanning shows only results with a file, and a running server has none.
        writer.WriteStartArray("locations");
        writer.WriteStartObject();
        writer.WriteStartObject("physicalLocation");
        writer.WriteStartObject("artifactLocation");
        writer.WriteString("uri", "mcp-server");
        writer.WriteEndObject();
        writer.WriteStartObject("region");
        writer.WriteNumber("startLine", 1);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartArray("logicalLocations");
        writer.WriteStartObject();
        writer.WriteString("name", result.Server);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (result.Fingerprint is { } fingerprint)
        {
            writer.WriteStartObject("partialFingerprints");
            writer.WriteString("km/v1", fingerprint);
            writer.WriteEndObject();
        }

        if (result.Accepted is { } accepted)
        {
            writer.WriteStartArray("suppressions");
            writer.WriteStartObject();
            writer.WriteString("kind", "external");
            writer.WriteString("status", "accepted");
            writer.WriteString("justification", accepted);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        WriteProperties(writer, result.Properties);
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string text)
    {
        writer.WriteStartObject(name);
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter writer, IReadOnlyList<KeyValuePair<string, string>> properties)
    {
        if (properties.Count == 0)
            return;
        writer.WriteStartObject("properties");
        foreach (var (name, value) in properties)
            writer.WriteString(name, value);
        writer.WriteEndObject();
    }
}

/// <summary>A run of a tool.</summary>
/// <param name="Tool">The tool, such as <c>km check</c>.</param>
/// <param name="Version">The version of km.</param>
/// <param name="Rules">The rules, each of which has results or could have had some.</param>
/// <param name="Results">The results.</param>
public sealed record SarifRun(string Tool, string Version, IReadOnlyList<SarifRule> Rules, IReadOnlyList<SarifResult> Results)
{
    /// <summary>More facts of the run, in this order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Properties { get; init; } = [];
}

/// <summary>A rule.</summary>
/// <param name="Id">A stable id.</param>
/// <param name="Description">What it is about, in a sentence.</param>
public sealed record SarifRule(string Id, string Description);

/// <summary>How much a result matters, in SARIF's words.</summary>
public enum SarifLevel
{
    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Look at it.</summary>
    Warning,

    /// <summary>It is wrong.</summary>
    Error,
}

/// <summary>A result.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Message">What was found.</param>
/// <param name="Server">The server that it is about.</param>
public sealed record SarifResult(string Rule, SarifLevel Level, string Message, string Server)
{
    /// <summary>By which the same result is recognised in another file; null: by its place and message.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Who accepted it, and when; null: nobody.</summary>
    public string? Accepted { get; init; }

    /// <summary>More facts, in this order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Properties { get; init; } = [];
}
