using System.Data.Common;
using System.Net.Sockets;
using System.Security.Cryptography;
using Kilometers.Contracts;
using Microsoft.AspNetCore.Connections;

namespace Kilometers.Api.Hosting;

/// <summary>Why a command failed, as one error for the person who runs it: never a stack trace.</summary>
internal static class StartFaults
{
    /// <summary>What went wrong while the server began to listen.</summary>
    public static KmException Listening(Exception e) =>
        Chain(e).OfType<KmException>().FirstOrDefault()
        ?? new KmException(
            Chain(e) switch
            {
                var all
                    when all.Any(each =>
                        each is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                    ) => Fault("The address is in use", e, "Stop what listens there, or listen elsewhere: --urls"),
                var all when all.Any(each => each is SocketException { SocketErrorCode: SocketError.AccessDenied }) => Fault(
                    "km-api may not listen there",
                    e,
                    "Ports below 1024 are for root: choose a higher one with --urls"
                ),
                var all when all.Any(each => each is SocketException) => Fault(
                    "km-api cannot listen there",
                    e,
                    "Give an address of this machine: --urls"
                ),
                var all
                    when all.Any(each => each is CryptographicException or FileNotFoundException or DirectoryNotFoundException)
                        || IsAboutHttps(e) => Fault(
                    "The certificate cannot be used",
                    e,
                    "Set Certificate and CertificateKey, or listen on http:// behind a proxy that ends TLS"
                ),
                _ => Fault("The server cannot listen", e, "Check --urls, and Kestrel in the configuration file"),
            }
        );

    /// <summary>What went wrong anywhere else.</summary>
    public static KmError Explain(Exception e) =>
        Chain(e) switch
        {
            var all when all.OfType<KmException>().FirstOrDefault() is { } known => known.Error,
            var all when all.Any(each => each is DbException or SocketException) => new KmError(
                ErrorCode.ApiDatabase,
                "The database cannot be used",
                Line(Chain(e).Last(each => each is DbException or SocketException)),
                "Check Database:ConnectionString, and that the database is running"
            ),
            var all when all.Any(each => each is IOException or UnauthorizedAccessException) => new KmError(
                ErrorCode.ApiConfiguration,
                "A file cannot be used",
                Line(e),
                "Check --data, and who may write there"
            ),
            _ => new KmError(ErrorCode.Internal, "km-api hit an internal error", $"{e.GetType().Name}: {Line(e)}", "Please report this."),
        };

    private static KmError Fault(string summary, Exception e, string hint) => new(ErrorCode.ApiListening, summary, Line(e), hint);

    private static bool IsAboutHttps(Exception e) =>
        Chain(e).Any(each => each is InvalidOperationException && each.Message.Contains("HTTPS", StringComparison.OrdinalIgnoreCase));

    /// <summary>Its text, without what follows in further lines or sentences of advice for developers.</summary>
    private static string Line(Exception e) => e.Message.Split('\n')[0].Trim();

    private static List<Exception> Chain(Exception e)
    {
        var all = new List<Exception>();
        for (var each = e; each is not null; each = each.InnerException)
            all.Add(each);
        return all;
    }
}
