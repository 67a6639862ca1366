using System.Globalization;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events.Model;

/// <summary>Directions and kinds as the database has them. A number is never used for something else; 0 is none.</summary>
internal static class EventCodes
{
    public const int Request = 1;
    public const int Response = 2;
    public const int ErrorResponse = 3;

    /// <summary>A response whose result is a tool's error.</summary>
    public const int ToolError = 6;

    /// <summary>What counts as an error, for SQL.</summary>
    public static readonly string Errors = string.Create(CultureInfo.InvariantCulture, $"{ErrorResponse}, {ToolError}");

    private static readonly string[] Directions = ["", EventDirection.Inbound, EventDirection.Outbound];
    private static readonly string[] Kinds =
    [
        "",
        EventKind.Request,
        EventKind.Response,
        EventKind.ErrorResponse,
        EventKind.Notification,
        EventKind.NotJsonRpc,
        EventKind.Response,
    ];

    /// <returns>0 if it is none.</returns>
    public static short DirectionOf(string? text) => IndexOf(Directions, text);

    /// <returns>0 if it is none.</returns>
    public static short KindOf(string? text) => IndexOf(Kinds, text);

    /// <summary>The code of an event's kind, by which an error is told.</summary>
    public static short KindOf(EventItem item) =>
        KindOf(item.Kind) is var kind && kind == Response && item.IsError == true ? (short)ToolError : kind;

    public static string Direction(int code) => Directions[code];

    public static string Kind(int code) => Kinds[code];

    private static short IndexOf(string[] names, string? text) => (short)Math.Max(0, Array.IndexOf(names, text));
}
