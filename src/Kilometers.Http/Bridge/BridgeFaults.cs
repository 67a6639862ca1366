using System.Net;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Http.Observing;
using Kilometers.Link.Ring;

namespace Kilometers.Http.Bridge;

/// <summary>Answers the requests that the server did not, so that no client waits for ever, and says why.</summary>
/// <param name="server">The server.</param>
/// <param name="output">The client.</param>
/// <param name="pending">What the client waits for.</param>
/// <param name="session">Sees the faults as well.</param>
internal sealed class BridgeFaults(Uri server, BridgeOutput output, PendingRequests pending, ObservedSession session)
{
    private readonly string _name = SessionSettings.WithoutSecrets(server);

    /// <summary>There was no answer at all.</summary>
    public void Unreachable(ClientMessage message, HttpRequestException why) =>
        Report(
            message,
            new KmError(
                ErrorCode.ServerUnreachable,
                $"{_name} cannot be reached",
                why.GetBaseException().Message,
                "Check the address and whether the server runs"
            ),
            null
        );

    /// <summary>The answer was a status of HTTP.</summary>
    /// <param name="message">The message that was refused.</param>
    /// <param name="response">The answer.</param>
    /// <param name="isSession">Whether the message was one of a session.</param>
    public void Refused(ClientMessage message, HttpResponseMessage response, bool isSession)
    {
        var status = (int)response.StatusCode;
        var summary = $"{_name} answered HTTP {status} {response.ReasonPhrase}".TrimEnd();
        Report(
            message,
            response.StatusCode switch
            {
                HttpStatusCode.Unauthorized => new KmError(
                    ErrorCode.SignInRequired,
                    summary,
                    Hint: "It asks for authorization. Pass a token: --header 'Authorization: Bearer ${TOKEN}'"
                ),
                HttpStatusCode.NotFound when isSession => new KmError(
                    ErrorCode.ServerRefused,
                    summary,
                    "It has forgotten the session",
                    "Restart the server in your client"
                ),
                _ => new KmError(ErrorCode.ServerRefused, summary),
            },
            status
        );
    }

    /// <summary>The server wants to know who the user is.</summary>
    public void NotSignedIn(ClientMessage message, KmError why) => Report(message, why, null);

    /// <summary>The answer broke off.</summary>
    public void Lost(ClientMessage message) =>
        Report(message, new KmError(ErrorCode.AnswerLost, $"{_name} ended its answer before the response", Hint: "Try again"), null);

    private void Report(ClientMessage message, KmError error, int? status)
    {
        session.Add(Channel.ServerError, Encoding.UTF8.GetBytes($"{error.Summary} [{error.Code}]"));
        if (message.Facts is { IsRequest: true, Id: { } id } && pending.Remove(message))
            output.WriteFailure(id, error, status);
    }
}
