using System.Text.Json.Serialization;
using Kilometers.Contracts;

namespace Kilometers.PluginHost.Control;

/// <summary>
/// What a running session and another km of the same user say to each other: one line of JSON each way, then the connection ends. Members
/// may be added within a version, and who does not know them skips them; whatever changes a meaning is another version.
/// </summary>
internal static class ControlProtocol
{
    /// <summary>What this km speaks.</summary>
    public const int Version = 1;

    /// <summary>Bytes of the longest question.</summary>
    public const int MaxRequest = 4096;

    /// <summary>Bytes of the longest answer: some thousand plugins.</summary>
    public const int MaxAnswer = 4 << 20;

    public const string Status = "status";

    /// <summary>How a command is called on the wire and on the command line.</summary>
    public static string Name(ControlAction action) =>
        action switch
        {
            ControlAction.Enable => "enable",
            ControlAction.Disable => "disable",
            _ => "restart",
        };

    /// <summary>The action of a name; null if there is none.</summary>
    public static ControlAction? Action(string? name) =>
        name switch
        {
            "enable" => ControlAction.Enable,
            "disable" => ControlAction.Disable,
            "restart" => ControlAction.Restart,
            _ => null,
        };
}

/// <summary>What can be done to a plugin of a running session.</summary>
internal enum ControlAction
{
    /// <summary>It runs again after it was disabled.</summary>
    Enable,

    /// <summary>It ends, and does not run until it is enabled.</summary>
    Disable,

    /// <summary>It restarts, even if km had given it up.</summary>
    Restart,
}

/// <summary>A question.</summary>
internal sealed record ControlRequest
{
    public int Version { get; init; }

    /// <summary><see cref="ControlProtocol.Status"/> or the name of a <see cref="ControlAction"/>.</summary>
    public string? Command { get; init; }

    /// <summary>The plugin that an action is about.</summary>
    public string? Plugin { get; init; }
}

/// <summary>An answer.</summary>
internal sealed record ControlAnswer
{
    /// <summary>What the session speaks, whatever it was asked in.</summary>
    public required int Version { get; init; }

    /// <summary>Why it was not done; null if it was.</summary>
    public KmError? Error { get; init; }

    /// <summary>To <see cref="ControlProtocol.Status"/>.</summary>
    public SessionReport? Session { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
internal sealed partial class ControlJsonContext : JsonSerializerContext;
