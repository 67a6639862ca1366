using System.Text;
using System.Text.Json;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.PluginHost.Interception;

/// <summary>
/// A line that a relay holds, read strictly: the plugin that decides about it and the server must read the same. What two readers of JSON could
/// understand in two ways is not understood at all.
/// </summary>
internal sealed class HeldLine
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 256 };

    private HeldLine(ReadOnlyMemory<byte> text) => Text = text;

    /// <summary>The line, without its end.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>The requests and notifications in it; none where <see cref="Problem"/> says why.</summary>
    public IReadOnlyList<HeldCall> Calls { get; private init; } = [];

    /// <summary>Whether it is a batch: then its answer is one, too.</summary>
    public bool IsBatch { get; private init; }

    /// <summary>Why it cannot be told what is in it; null if it can.</summary>
    public string? Problem { get; private init; }

    /// <summary>Reads a line.</summary>
    /// <param name="line">Its bytes, with or without its end.</param>
    public static HeldLine Read(ReadOnlyMemory<byte> line)
    {
        line = line.TrimEnd("\r\n"u8);
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(line), Strict);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Array
                ? new HeldLine(line) { IsBatch = true, Calls = [.. root.EnumerateArray().Select(Read)] }
                : new HeldLine(line) { Calls = [Read(root)] };
        }
        catch (JsonException e)
        {
            return new HeldLine(line) { Problem = e.Message.Split(" LineNumber", 2)[0] };
        }
        catch (InvalidOperationException)
        {
            // Bytes that are not UTF-8, or half of a surrogate pair.
            return new HeldLine(line) { Problem = "a text in it is not valid" };
        }
    }

    private static HeldCall Read(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new JsonException("it is not a message");
        CheckNames(element, "jsonrpc", "id", "method", "params");
        if (element.TryGetProperty("method", out var method) && method.ValueKind != JsonValueKind.String)
            throw new JsonException("its method is not a text");
        if (
            element.TryGetProperty("id", out var id)
            && id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null)
        )
            throw new JsonException("its id is neither a text nor a number");
        var hasParameters = element.TryGetProperty("params", out var parameters) && parameters.ValueKind == JsonValueKind.Object;
        if (hasParameters)
            CheckNames(parameters, "name", "task");
        var payload = Encoding.UTF8.GetBytes(element.GetRawText());
        return new HeldCall(EnvelopeReader.Read(payload), payload)
        {
            Tool =
                hasParameters && parameters.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
                    ? name.GetString()
                    : null,
            WantsTask = hasParameters && parameters.TryGetProperty("task", out _),
        };
    }

    /// <summary>Some readers do not tell capital letters from small ones, and would find a member where others find none.</summary>
    private static void CheckNames(JsonElement json, params ReadOnlySpan<string> known)
    {
        foreach (var member in json.EnumerateObject())
        foreach (var name in known)
            if (name != member.Name && name.Equals(member.Name, StringComparison.OrdinalIgnoreCase))
                throw new JsonException($"it has a member '{name}' in other letters");
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> line) =>
        line.Span.StartsWith("\uFEFF"u8) ? line["\uFEFF"u8.Length..] : line;
}
