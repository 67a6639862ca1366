using System.Text.Json;

namespace Kilometers.Rules;

/// <summary>A request, as far as rules look at it.</summary>
public sealed class GuardedRequest
{
    private const int MaxDepth = 128;
    private bool _isRead;
    private JsonElement? _arguments;
    private IReadOnlyList<string>? _hosts;

    /// <summary>What the user calls the server.</summary>
    public required string Server { get; init; }

    /// <summary>The method.</summary>
    public required string Method { get; init; }

    /// <summary>The tool, prompt or resource.</summary>
    public required string Name { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The message; null where it is not known as a whole.</summary>
    public required ReadOnlyMemory<byte>? Message { get; init; }

    /// <summary>
    /// Whether a message is a request: one with an id, or one without that is not a notification by its name either. A server may do what
    /// that says, though it answers nobody.
    /// </summary>
    /// <param name="hasId">Whether it has an id.</param>
    /// <param name="method">Its method.</param>
    public static bool Is(bool hasId, string method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return hasId || !method.StartsWith("notifications/", StringComparison.Ordinal);
    }

    /// <summary>The tool that it calls; null: it calls none.</summary>
    internal string? Tool => Method == "tools/call" ? Name : null;

    /// <summary>The arguments of a tool or a prompt, else the parameters.</summary>
    /// <param name="arguments">What is there; an undefined value where there are none.</param>
    /// <returns>Whether it is known.</returns>
    internal bool TryGetArguments(out JsonElement arguments)
    {
        if (!_isRead)
            (_isRead, _arguments) = (true, Read());
        arguments = _arguments ?? default;
        return _arguments is not null;
    }

    /// <summary>The hosts in the arguments: each rule about hosts asks for them, and they are looked for once.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="find">Finds them.</param>
    internal IReadOnlyList<string> Hosts(JsonElement arguments, Func<JsonElement, IReadOnlyList<string>> find) =>
        _hosts ??= find(arguments);

    private JsonElement? Read()
    {
        if (Message is not { } message)
            return null;
        try
        {
            using var document = JsonDocument.Parse(message, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var parameters = Member(document.RootElement, "params");
            return
                (Method is "tools/call" or "prompts/get" ? Member(parameters, "arguments") : parameters)
                    is { ValueKind: not JsonValueKind.Undefined } found
                ? found.Clone()
                : default;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <exception cref="JsonException">It is there twice: who acts on the message may take either.</exception>
    private static JsonElement Member(JsonElement element, string name)
    {
        JsonElement found = default;
        if (element.ValueKind != JsonValueKind.Object)
            return found;
        foreach (var member in element.EnumerateObject().Where(member => member.NameEquals(name)))
            found = found.ValueKind == JsonValueKind.Undefined ? member.Value : throw new JsonException($"'{name}' is there twice.");
        return found;
    }
}
