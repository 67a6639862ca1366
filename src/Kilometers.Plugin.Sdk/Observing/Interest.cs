namespace Kilometers.Plugin.Sdk.Observing;

/// <summary>
/// What a plugin wants to see; the host does not copy or send the rest. An empty list asks for all of its kind. Errors and stream
/// events always come. Under contract version 1 the host sends everything and the SDK passes over what is not wanted.
/// </summary>
public sealed record Interest
{
    /// <summary>Everything, with payloads.</summary>
    public static Interest Everything { get; } = new();

    /// <summary>The directions wanted.</summary>
    public IReadOnlyList<MessageDirection> Directions { get; init; } = [];

    /// <summary>The kinds of message wanted.</summary>
    public IReadOnlyList<MessageKind> Kinds { get; init; } = [];

    /// <summary>The methods wanted, where <c>*</c> stands for any characters (<c>tools/*</c>). A response counts as its request's method.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Whether payloads are left out; of an error, the beginning of its text still comes.</summary>
    public bool MetadataOnly { get; init; }
}
