namespace Kilometers.Plugin.Sdk.Intercepting;

/// <summary>A request of the client that waits for a verdict. Everything in it is as the client wrote it, and may be anything.</summary>
public sealed class HeldRequest
{
    /// <summary>The method, such as <c>tools/call</c>.</summary>
    public string Method { get; init; } = "";

    /// <summary>The tool's or prompt's name, or the resource's URI; empty if there is none.</summary>
    public string Name { get; init; } = "";

    /// <summary>The id as raw JSON text; empty if the message has none and so gets no answer.</summary>
    public string Id { get; init; } = "";

    /// <summary>The exact bytes; one element of a batch. Valid JSON without a member twice; not to be written to.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>When the verdict must be there, counted from the call.</summary>
    public TimeSpan Deadline { get; init; }
}
