using System.Globalization;
using System.IO.Pipes;
using Kilometers.Contracts;

namespace Kilometers.PluginHost.Control;

/// <summary>Named pipes of the user alone, for Windows. Compiled; no test of ours has run there.</summary>
internal sealed class PipeControlTransport : IControlTransport
{
    private const string Prefix = "km-control-";
    private const string Folder = @"\\.\pipe\";

    public IControlListener Listen(int pid, string session) =>
        new PipeControlListener(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{pid}-{session}"));

    public IReadOnlyList<ControlAddress> List() =>
        [
            .. from path in Directory.EnumerateFiles(Folder, Prefix + "*")
            let words = Path.GetFileName(path)[Prefix.Length..].Split('-')
            where words.Length == 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            select new ControlAddress(int.Parse(words[0], CultureInfo.InvariantCulture), words[1], Path.GetFileName(path)),
        ];

    public bool IsStopped(ControlAddress address) => false;

    public KmError? Refuse(ControlPeer peer) => null;

    public async Task<Stream?> ConnectAsync(ControlAddress address, CancellationToken cancellationToken)
    {
        // CurrentUserOnly makes the system check that the pipe is the user's own.
        var pipe = new NamedPipeClientStream(
            ".",
            address.Path,
            PipeDirection.InOut,
            PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly
        );
        try
        {
            await pipe.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return pipe;
        }
        catch (UnauthorizedAccessException e)
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw new IOException(e.Message, e);
        }
        catch
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private sealed class PipeControlListener : IControlListener
    {
        private readonly string _name;
        private NamedPipeServerStream? _next;

        public PipeControlListener(string name)
        {
            _name = name;
            _next = Create();
        }

        public string Path => _name;

        public async Task<ControlConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            var pipe = _next ??= Create();
            await pipe.WaitForConnectionAsync(cancellationToken).ConfigureAwait(false);
            _next = Create();
            return new ControlConnection(pipe, default);
        }

        public KmError? Refuse(ControlPeer peer) => null;

        public void Dispose() => _next?.Dispose();

        private NamedPipeServerStream Create() =>
            new(
                _name,
                PipeDirection.InOut,
                NamedPipeServerStream.MaxAllowedServerInstances,
                PipeTransmissionMode.Byte,
                PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly
            );
    }
}
