using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>One call: the request beside the response.</summary>
/// <param name="Call">The call.</param>
/// <param name="Session">Its session; null: it is deleted.</param>
/// <param name="Messages">Its messages in order: more than two where it was continued with more input.</param>
/// <param name="Previous">The call before it in the session.</param>
/// <param name="Next">The call after it.</param>
/// <param name="IsRunning">Whether its session runs.</param>
/// <param name="IsCounting">Whether its tokens are being counted.</param>
/// <param name="Now">The time.</param>
/// <param name="Findings">What plugins found with it.</param>
public sealed record CallModel(
    RecordedCall Call,
    RecordedSession? Session,
    IReadOnlyList<RecordedPayload> Messages,
    long? Previous,
    long? Next,
    bool IsRunning,
    bool IsCounting,
    DateTimeOffset Now,
    IReadOnlyList<ShownFinding> Findings
)
{
    /// <summary>The call's tokens; null: not counted.</summary>
    public string? Tokens =>
        Call.RequestTokens is null && Call.ResponseTokens is null
            ? (IsCounting ? "…" : null)
            : $"request {Kilometers.Cli.Output.Units.Count(Call.RequestTokens)}, response {Kilometers.Cli.Output.Units.Count(Call.ResponseTokens)}";

    /// <summary>What a message is.</summary>
    public static string Kind(RecordedPayload message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Kind switch
        {
            RecordedKind.Request => "Request",
            RecordedKind.Response => "Response",
            RecordedKind.ErrorResponse => "Error",
            _ => "Message",
        };
    }
}
