using Grpc.Core;
using Kilometers.GoPlugin.Client.Transport;
using Kilometers.Processes;

namespace Kilometers.GoPlugin.Client.Launch;

/// <summary>The three steps of a start, each of which fails with its own words: spawn, handshake, first answer.</summary>
internal static class GoPluginStart
{
    // A process that closes its output is about to end: how long it may take, for the message to say how it ended.
    private static readonly TimeSpan ExitGrace = TimeSpan.FromMilliseconds(500);

    public static GoPluginProcess Start(GoPluginClientOptions options, HostIdentity? identity)
    {
        try
        {
            return GoPluginProcess.Start(options, identity?.Pem);
        }
        catch (ChildStartException e)
        {
            throw StartFailures.NotStarted(options.FileName, e);
        }
    }

    public static async Task<Handshake> ReadHandshakeAsync(
        GoPluginProcess process,
        GoPluginClientOptions options,
        CancellationToken deadline,
        CancellationToken cancellationToken
    )
    {
        (FirstLineEnd End, byte[] Line) first;
        try
        {
            first = await process.Output.FirstLine.WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await EndAsync(process).ConfigureAwait(false);
            throw StartFailures.TimedOut(options.FileName, options.StartTimeout, process.LastErrorLines);
        }

        HandshakeProblem problem;
        if (first.End == FirstLineEnd.TooLong)
        {
            problem = new HandshakeProblem(
                GoPluginFailure.InvalidHandshake,
                $"has no end within {OutputPump.MaximumLine} bytes",
                "A plugin must print nothing before its handshake."
            );
        }
        else if (first.End == FirstLineEnd.EndOfStream && first.Line.Length == 0)
        {
            throw StartFailures.Ended(options.FileName, await ExitAsync(process).ConfigureAwait(false), process.LastErrorLines);
        }
        else if (
            HandshakeParser.Parse(first.Line, options.ProtocolVersions, options.AutoMtls, options.OnlyDirectory, out problem) is
            { } handshake
        )
        {
            return handshake;
        }

        var exit = first.End == FirstLineEnd.EndOfStream ? await ExitAsync(process).ConfigureAwait(false) : null;
        await EndAsync(process).ConfigureAwait(false);
        throw StartFailures.Refused(options.FileName, first.Line, problem, exit, process.LastErrorLines);
    }

    public static async Task<PluginConnection> ConnectAsync(
        GoPluginProcess process,
        Handshake handshake,
        HostIdentity? identity,
        GoPluginClientOptions options,
        CancellationToken deadline,
        CancellationToken cancellationToken
    )
    {
        var connection = new PluginConnection(handshake, identity, options, process.Id);
        try
        {
            await connection.ConfirmAsync(deadline).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e)
        {
            var rejected = connection.CertificateRejected;
            await connection.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            var late = deadline.IsCancellationRequested;
            var exit = late ? null : await ExitAsync(process).ConfigureAwait(false);
            await EndAsync(process).ConfigureAwait(false);
            throw StartFailures.NotConnected(
                options.FileName,
                handshake.Address,
                rejected,
                late ? null : Cause(e),
                exit,
                process.LastErrorLines
            );
        }
    }

    // gRPC wraps what happened on the socket; the system's own words are more use.
    private static Exception Cause(Exception exception) =>
        (exception as RpcException)?.Status.DebugException?.GetBaseException() ?? exception;

    private static async Task<ExitStatus?> ExitAsync(GoPluginProcess process)
    {
        if (!await process.WaitForExitAsync(ExitGrace).ConfigureAwait(false))
            return null;
        await process.DrainAsync().ConfigureAwait(false);
        return await process.Exited.ConfigureAwait(false);
    }

    private static async Task EndAsync(GoPluginProcess process)
    {
        process.Kill();
        await process.WaitForExitAsync(ExitGrace).ConfigureAwait(false);
        await process.DrainAsync().ConfigureAwait(false);
    }
}
