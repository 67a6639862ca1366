using System.Text.Json;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts.Comparing;

/// <summary>What a server offered: its tools, prompts, resources and resource templates.</summary>
public sealed class DefinitionSet
{
    /// <summary>Which member of which list names a definition.</summary>
    private static readonly Dictionary<string, (string Kind, string Member, string Name)> Lists = new()
    {
        ["tools/list"] = ("tool", "tools", "name"),
        ["prompts/list"] = ("prompt", "prompts", "name"),
        ["resources/list"] = ("resource", "resources", "uri"),
        ["resources/templates/list"] = ("template", "resourceTemplates", "uriTemplate"),
    };

    private readonly SortedDictionary<(string Kind, string Name), JsonElement> _definitions = [];

    /// <summary>The definitions by kind (<c>tool</c>, <c>prompt</c>, <c>resource</c>, <c>template</c>) and name.</summary>
    public IReadOnlyDictionary<(string Kind, string Name), JsonElement> Definitions => _definitions;

    /// <summary>Whether a method lists definitions.</summary>
    public static bool IsList(string method) => Lists.ContainsKey(method);

    /// <summary>What a method lists; null: nothing.</summary>
    internal static string? KindOf(string method) => Lists.TryGetValue(method, out var list) ? list.Kind : null;

    /// <summary>The kinds that a session listed with success.</summary>
    internal static HashSet<string> KindsListed(Transcript transcript) =>
        [.. transcript.Calls.Where(call => call.Outcome == CallOutcome.Ok).Select(call => KindOf(call.Request.Method)).OfType<string>()];

    /// <summary>The names in an answer to a list method, in order.</summary>
    internal static IEnumerable<string> NamesIn(string method, JsonElement result) =>
        result.TryGetProperty(Lists[method].Member, out var items) && items.ValueKind == JsonValueKind.Array
            ? items
                .EnumerateArray()
                .Where(item =>
                    item.ValueKind == JsonValueKind.Object
                    && item.TryGetProperty(Lists[method].Name, out var name)
                    && name.ValueKind == JsonValueKind.String
                )
                .Select(item => Conversations.NormalJson.Text(item.GetProperty(Lists[method].Name)))
            : [];

    /// <summary>What the last listings of a session had.</summary>
    public static DefinitionSet Of(Transcript transcript)
    {
        ArgumentNullException.ThrowIfNull(transcript);
        var set = new DefinitionSet();
        foreach (var call in transcript.Calls.Where(call => IsList(call.Request.Method) && call.Outcome == CallOutcome.Ok))
            set.Add(call.Request, call.Response?.Payload);
        return set;
    }

    /// <summary>What was seen of a server at a time: definitions with their content.</summary>
    public static DefinitionSet Of(IEnumerable<DefinitionVersion> definitions)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        var set = new DefinitionSet();
        foreach (var definition in definitions)
            if (definition.Content is { } text && Parse(text) is { } content)
                set._definitions[(definition.Kind, definition.Name)] = content;
        return set;
    }

    /// <summary>Adds a recorded answer to a list method.</summary>
    internal void Add(RecordedMessage request, ReadOnlyMemory<byte>? answer)
    {
        if (answer is { } payload)
            Add(request.Method, IsContinuation(request), payload);
    }

    /// <summary>Adds an answer to a list method.</summary>
    /// <param name="method">The method.</param>
    /// <param name="isContinuation">Whether it is a further page; else it replaces what was listed before.</param>
    /// <param name="answer">The answer.</param>
    internal void Add(string method, bool isContinuation, ReadOnlyMemory<byte> answer)
    {
        var (kind, member, name) = Lists[method];
        if (!isContinuation)
            foreach (var key in _definitions.Keys.Where(key => key.Kind == kind).ToList())
                _definitions.Remove(key);
        if (
            Parse(answer.Span) is not { ValueKind: JsonValueKind.Object } root
            || !root.TryGetProperty("result", out var result)
            || result.ValueKind != JsonValueKind.Object
            || !result.TryGetProperty(member, out var items)
            || items.ValueKind != JsonValueKind.Array
        )
            return;
        foreach (var item in items.EnumerateArray())
            if (
                item.ValueKind == JsonValueKind.Object
                && item.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String
            )
                _definitions[(kind, Conversations.NormalJson.Text(value))] = item;
    }

    private static bool IsContinuation(RecordedMessage request) =>
        request.Payload is { } payload && Conversations.RawJson.Find(payload.Span, "params", "cursor") is not null;

    private static JsonElement? Parse(string json)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
