using Kilometers.Link.Connection;
using Kilometers.Link.Hosting;

namespace Kilometers.Http.Observing;

/// <summary>What all sessions of this process have in common.</summary>
internal sealed record SessionSettings
{
    /// <summary>The address of the server, without what may be a secret.</summary>
    public required string Server { get; init; }

    /// <summary>Options of <c>km monitor</c>, for the host.</summary>
    public required IReadOnlyList<string> Options { get; init; }

    /// <summary>Bytes of the largest message that is observed whole.</summary>
    public long MaxMessage { get; init; } = 16L << 20;

    /// <summary>Introduces a session that starts now.</summary>
    public SessionHello Introduce(TimeProvider time) =>
        new()
        {
            Options = Options,
            Server = [Server],
            Folder = CurrentFolder(),
            Process = Environment.ProcessId,
            Started = time.GetTimestamp(),
            IsTerminal = Terminal.IsThere,
            Columns = Terminal.Columns,
            TerminalVariables = Terminal.Variables,
            Transport = SessionHello.Http,
        };

    /// <summary>An address without its user, query and fragment, any of which may hold a key.</summary>
    public static string WithoutSecrets(Uri address) =>
        address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static string? CurrentFolder()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
