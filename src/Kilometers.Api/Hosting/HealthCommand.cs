using System.CommandLine;
using Kilometers.Contracts;

namespace Kilometers.Api.Hosting;

/// <summary><c>km-api health</c>: whether a server of this machine is ready, for health checks where there is no curl.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <param name="listening">The addresses that the server is configured to listen at.</param>
    public static Command Create(Func<ParseResult, IReadOnlyList<string>> listening)
    {
        var url = new Option<string?>("--url")
        {
            Description = "The server. Default: the first address that it is configured to listen at.",
            HelpName = "URL",
        };
        var json = CommandLine.Json();
        var command = new Command("health", "Say whether the server is ready: status 0, or 1 with the cause.") { url, json };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(parsed.GetValue(url) ?? Own(listening(parsed)[0]), parsed.GetValue(json), cancellationToken)
        );
        return command;
    }

    /// <summary>The address of this machine for one to listen at: <c>http://0.0.0.0:5080</c>, <c>http://*:5080</c>.</summary>
    internal static string Own(string address) =>
        ((string[])["//0.0.0.0", "//[::]", "//*", "//+"]).Aggregate(address, (text, any) =>
            text.Replace(any, "//127.0.0.1", StringComparison.Ordinal)
        );

    private static async Task<int> RunAsync(string server, bool isJson, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new KmException(
                new KmError(
                    ErrorCode.InvalidArguments,
                    $"'{server}' is not the address of a server",
                    Hint: "Example: --url http://127.0.0.1:5080"
                )
            );
        using var http = new HttpClient { Timeout = Limit };
        try
        {
            using var response = await http.GetAsync(new Uri(address, "health/ready"), cancellationToken).ConfigureAwait(false);
            var words = (await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)).Trim();
            CommandLine.Print(isJson, words, new() { ["ready"] = response.IsSuccessStatusCode, ["state"] = words });
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e)
            when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new KmException(
                new KmError(
                    ErrorCode.ApiUnreachable,
                    $"{address} does not answer",
                    e.GetBaseException().Message,
                    "See whether km-api runs there."
                )
            );
        }
    }
}
