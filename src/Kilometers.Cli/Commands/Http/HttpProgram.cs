using System.Globalization;
using System.Net;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands.Http;

/// <summary>The program <c>km-http</c>, which is beside km. This process becomes it: it has its signals, its streams and its terminal.</summary>
internal static class HttpProgram
{
    private const string Name = "km-http";

    /// <summary>Becomes a bridge to a server.</summary>
    /// <returns>The exit status, if that failed.</returns>
    public static int Bridge(Uri server, IReadOnlyList<string> headers, IReadOnlyList<string> signIn, MonitorOptions options) =>
        Become(["bridge", server.AbsoluteUri, .. signIn, .. SignInFlags.Places(), .. Words(headers, options)]);

    /// <summary>Becomes what signs the user in to a server, ahead of its first use.</summary>
    /// <returns>The exit status, if that failed.</returns>
    public static int SignIn(Uri server, IReadOnlyList<string> signIn, bool isJson) =>
        Become(["sign-in", server.AbsoluteUri, .. isJson ? ["--json"] : Array.Empty<string>(), .. signIn, .. SignInFlags.Places(), "--"]);

    /// <summary>Becomes a proxy of a server.</summary>
    /// <returns>The exit status, if that failed.</returns>
    public static int Proxy(Uri server, IPEndPoint? listen, IReadOnlyList<string> headers, bool isJson, MonitorOptions options) =>
        Become([
            "proxy",
            server.AbsoluteUri,
            .. listen is null ? Array.Empty<string>() : ["--listen", listen.ToString()],
            .. isJson ? ["--json"] : Array.Empty<string>(),
            .. Words(headers, options),
        ]);

    private static IEnumerable<string> Words(IReadOnlyList<string> headers, MonitorOptions options) =>
        [
            .. headers.SelectMany(header => new[] { "--header", header }),
            "--max-message",
            options.BufferSize.ToString(CultureInfo.InvariantCulture),
            "--",
            .. SessionOptions.Write(options),
        ];

    private static int Become(IReadOnlyList<string> arguments)
    {
        var why = "it does not exist";
        if (BesideProgram.Find(Name) is { } program)
            why = ProcessReplacement.Become(new ChildCommand { FileName = program, Arguments = arguments }).Message;
        using var errors = StandardError.OfCommand();
        return errors.Report(
            new KmError(
                ErrorCode.HttpMissing,
                "km-http cannot be started",
                $"{BesideProgram.PathOf(Name)}: {why}",
                "Install km again with all of its files: km-http belongs beside km."
            )
        );
    }
}
