using System.Text.Json;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Policies;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>Which sections of the report bear on which controls: a data file, km's own or the user's.</summary>
/// <param name="Controls">The controls, in the order of the file.</param>
internal sealed record ControlMap(IReadOnlyList<MappedControl> Controls)
{
    /// <summary>The largest file, in bytes.</summary>
    private const int MaxBytes = 1024 * 1024;

    /// <summary>The file that km brings.</summary>
    public static byte[] BuiltInFile
    {
        get
        {
            using var stream = typeof(ControlMap).Assembly.GetManifestResourceStream("controls.json")!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
    }

    /// <summary>The mapping that km brings, or that of a file.</summary>
    /// <exception cref="KmException"><c>CMP_CTL_001</c>: it cannot be read, or has a mistake.</exception>
    public static ControlMap Load(string? file)
    {
        if (file is null)
            return Read(BuiltInFile, "controls.json");
        byte[] content;
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
            var buffer = new byte[MaxBytes + 1];
            content = buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(new KmError(ErrorCode.ComplianceControls, $"{TerminalText.Line(file)} cannot be read", e.Message));
        }

        return Read(content, file);
    }

    /// <param name="json">The file; a byte order mark may precede.</param>
    /// <param name="file">Its name.</param>
    /// <exception cref="KmException"><c>CMP_CTL_001</c>, with line and column.</exception>
    public static ControlMap Read(ReadOnlySpan<byte> json, string file)
    {
        json = WrittenText.WithoutMark(json);
        try
        {
            if (json.Length > MaxBytes)
                throw new PlacedException(0, $"it is larger than {MaxBytes} bytes");
            return new ControlMap(ReadFrameworks(PlacedJson.Parse(json)));
        }
        catch (PlacedException e)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.ComplianceControls,
                    $"{TerminalText.Line(file)} is not a valid file of controls",
                    TerminalText.Line($"{file}, {Place.Of(json, e.Offset)}: {e.Message}"),
                    "Correct it. For a file to begin with: km compliance controls"
                )
            );
        }
    }

    private static List<MappedControl> ReadFrameworks(PlacedJson root)
    {
        var controls = new List<MappedControl>();
        var hasVersion = false;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, offset, value) in PolicyReader.Members(root))
        {
            switch (name)
            {
                case "version":
                    if (value is not { Kind: JsonTokenType.Number, Text: "1" })
                        throw PolicyReader.Wrong(value, "version must be 1: this km knows no other");
                    hasVersion = true;
                    break;
                case "frameworks":
                    foreach (var framework in Elements(value))
                        ReadFramework(framework, names, controls);
                    break;
                default:
                    throw PolicyReader.Unknown(name, offset, "version, frameworks");
            }
        }

        if (!hasVersion)
            throw PolicyReader.Wrong(root, "\"version\": 1 is missing");
        return controls.Count > 0 ? controls : throw PolicyReader.Wrong(root, "there is no control in it");
    }

    private static void ReadFramework(PlacedJson json, HashSet<string> names, List<MappedControl> controls)
    {
        string? framework = null;
        PlacedJson? list = null;
        foreach (var (name, offset, value) in PolicyReader.Members(json))
        {
            switch (name)
            {
                case "name":
                    framework = Text(value);
                    if (!names.Add(framework))
                        throw PolicyReader.Wrong(value, "another framework has this name");
                    break;
                case "controls":
                    list = value;
                    break;
                default:
                    throw PolicyReader.Unknown(name, offset, "name, controls");
            }
        }

        if (framework is null)
            throw PolicyReader.Wrong(json, "name is missing");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in Elements(list ?? throw PolicyReader.Wrong(json, "controls is missing")))
        {
            var control = ReadControl(item, framework, out var id);
            if (!ids.Add(control.Id))
                throw PolicyReader.Wrong(id, $"another control of {framework} has this id");
            controls.Add(control);
        }
    }

    private static MappedControl ReadControl(PlacedJson json, string framework, out PlacedJson id)
    {
        var texts = new Dictionary<string, PlacedJson>(StringComparer.Ordinal);
        List<string>? evidence = null;
        foreach (var (name, offset, value) in PolicyReader.Members(json))
        {
            switch (name)
            {
                case "id" or "title" or "shows" or "doesNotShow":
                    Text(value);
                    texts[name] = value;
                    break;
                case "evidence":
                    Elements(value);
                    evidence = PolicyReader.Distinct(value, item =>
                        PolicyReader.Checked(
                            item,
                            EvidenceSections.Names.Contains,
                            $"it must be a section of the report: {string.Join(", ", EvidenceSections.Names)}"
                        )
                    );
                    break;
                default:
                    throw PolicyReader.Unknown(name, offset, "id, title, evidence, shows, doesNotShow");
            }
        }

        id = Of("id");
        return new MappedControl
        {
            Framework = framework,
            Id = id.Text,
            Title = Of("title").Text,
            Evidence = evidence ?? throw PolicyReader.Wrong(json, "evidence is missing"),
            Shows = Of("shows").Text,
            DoesNotShow = Of("doesNotShow").Text,
        };

        PlacedJson Of(string name) => texts.GetValueOrDefault(name) ?? throw PolicyReader.Wrong(json, $"{name} is missing");
    }

    private static List<PlacedJson> Elements(PlacedJson json) =>
        json is { Kind: JsonTokenType.StartArray, Elements.Count: > 0 }
            ? json.Elements
            : throw PolicyReader.Wrong(json, "it must be a list with at least one entry");

    private static string Text(PlacedJson json) =>
        PolicyReader.Checked(json, text => text.Trim().Length is > 0 and <= 2000, "it must be a text of 1 to 2000 characters");
}

/// <summary>A control, and the sections that bear on it.</summary>
internal sealed record MappedControl
{
    public required string Framework { get; init; }

    public required string Id { get; init; }

    public required string Title { get; init; }

    public required IReadOnlyList<string> Evidence { get; init; }

    public required string Shows { get; init; }

    public required string DoesNotShow { get; init; }
}
