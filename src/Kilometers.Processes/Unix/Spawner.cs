using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Kilometers.Processes.Unix;

/// <summary>Turns a <see cref="ChildCommand"/> into a <c>posix_spawnp</c> call.</summary>
internal static class Spawner
{
    // Large enough for glibc (336), musl (336) and Darwin (a pointer).
    private const int OpaqueSize = 512;
    private const short SetGroup = 2;
    private const short SetDefaultSignals = 4;
    private const short SetSignalMask = 8;
    private const short CloseByDefault = 0x4000; // POSIX_SPAWN_CLOEXEC_DEFAULT of macOS

    /// <summary>What is closed where it cannot be told what is open.</summary>
    private const int FewDescriptors = 256;

    private static short SetSession => OperatingSystem.IsLinux() ? (short)0x80 : (short)0x400;

    /// <exception cref="ChildStartException">The program could not be executed.</exception>
    public static int Spawn(ChildCommand command, int stdin, int stdout, int stderr)
    {
        var arguments = ArgumentsOf(command);
        var errno = TrySpawn(command, command.FileName, [command.FileName], arguments, stdin, stdout, stderr, out var id);

        // As execvp does: a script without a "#!" line is one for the shell.
        if (errno == Libc.Enoexec && FindInPath(command.FileName) is { } script)
            errno = TrySpawn(command, "/bin/sh", ["sh", script], arguments, stdin, stdout, stderr, out id);

        return errno == 0 ? id : throw Failure(errno);
    }

    private static unsafe int TrySpawn(
        ChildCommand command,
        string file,
        ReadOnlySpan<string> leading,
        IReadOnlyList<ReadOnlyMemory<byte>> arguments,
        int stdin,
        int stdout,
        int stderr,
        out int id
    )
    {
        id = 0;
        var actions = stackalloc byte[OpaqueSize];
        var attributes = stackalloc byte[OpaqueSize];
        var signals = stackalloc byte[OpaqueSize];
        using var argv = new CStringArray();
        foreach (var text in leading)
            argv.Add(Encoding.UTF8.GetBytes(text));
        foreach (var argument in arguments)
            argv.Add(argument.Span);
        using var environment = new CStringArray();
        foreach (var (name, value) in command.Environment ?? new Dictionary<string, string>())
            environment.Add(Encoding.UTF8.GetBytes($"{name}={value}"));

        Check(Libc.FileActionsInit(actions));
        Check(Libc.AttributesInit(attributes));
        try
        {
            // What leads nowhere in this process is close-on-exec.
            if (!command.ClosedStreams.HasFlag(ChildStreams.Input))
                Check(Libc.FileActionsAddDup2(actions, stdin, 0));
            if (!command.ClosedStreams.HasFlag(ChildStreams.Output))
                Check(Libc.FileActionsAddDup2(actions, stdout, 1));
            if (!command.ClosedStreams.HasFlag(ChildStreams.Error))
                Check(Libc.FileActionsAddDup2(actions, stderr, 2));

            var flags = SetDefaultSignals;
            if (command.InheritsNothing && OperatingSystem.IsMacOS())
                flags |= CloseByDefault;
            else if (command.InheritsNothing)
                CloseOthers(actions);
            Fill(signals, SignalDispositions.ChangedHere);
            Check(Libc.AttributesSetDefaultSignals(attributes, signals));
            if (command.StartsSession)
                flags |= SetSession;
            else if (!command.SharesGroup)
            {
                Check(Libc.AttributesSetGroup(attributes, 0));
                flags |= SetGroup;
            }

            if (command.BlockedSignals.Count > 0)
            {
                Fill(signals, command.BlockedSignals);
                Check(Libc.AttributesSetMask(attributes, signals));
                flags |= SetSignalMask;
            }

            Check(Libc.AttributesSetFlags(attributes, flags));

            int pid;
            fixed (byte* path = CString(file))
            {
                var errno = Libc.PosixSpawnp(
                    &pid,
                    path,
                    actions,
                    attributes,
                    argv.Pointer,
                    command.Environment is null ? Libc.Environ() : environment.Pointer
                );
                id = pid;
                return errno;
            }
        }
        finally
        {
            _ = Libc.FileActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
        }
    }

    /// <summary>Makes this process the program: its id, streams and terminal stay. Returns only if that fails.</summary>
    /// <returns>Why.</returns>
    public static unsafe ChildStartException Become(ChildCommand command)
    {
        using var argv = new CStringArray();
        argv.Add(Encoding.UTF8.GetBytes(command.FileName));
        foreach (var argument in ArgumentsOf(command))
            argv.Add(argument.Span);
        SignalDispositions.RestoreDefaults();
        fixed (byte* path = CString(command.FileName))
            _ = Libc.Execvp(path, argv.Pointer);
        return Failure(Marshal.GetLastPInvokeError());
    }

    private static unsafe void Fill(byte* set, IReadOnlyList<int> signals)
    {
        Check(Libc.SignalSetEmpty(set));
        foreach (var signal in signals)
            Check(Libc.SignalSetAdd(set, signal));
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> ArgumentsOf(ChildCommand command) =>
        command.ArgumentBytes ?? [.. command.Arguments.Select(a => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(a))];

    private static ChildStartException Failure(int errno) =>
        errno switch
        {
            Libc.Enoent or Libc.Enotdir => new(ChildStartFailure.NotFound, Libc.ErrorText(errno)),
            Libc.Eacces or Libc.Enoexec => new(ChildStartFailure.NotExecutable, Libc.ErrorText(errno)),
            _ when errno == Libc.Eagain || errno == Libc.Enomem => new(ChildStartFailure.NoResources, Libc.ErrorText(errno)),
            _ => new(ChildStartFailure.Other, Libc.ErrorText(errno)),
        };

    private static void Check(int errno)
    {
        if (errno != 0)
            throw new ChildStartException(ChildStartFailure.Other, Libc.ErrorText(errno));
    }

    /// <summary>Closes what the child would inherit beside its standard streams.</summary>
    private static unsafe void CloseOthers(byte* actions)
    {
        try
        {
            if (Libc.FileActionsAddCloseFrom(actions, 3) == 0)
                return;
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such function, and glibc has it since 2.34.
        }

        // One above the limit of open files, which may have been lowered since, is refused, and stays open.
        foreach (var descriptor in OpenDescriptors())
            _ = Libc.FileActionsAddClose(actions, descriptor);
    }

    /// <summary>Those of this process beyond the standard streams. Closing one that is not open is no fault in the child.</summary>
    private static IEnumerable<int> OpenDescriptors()
    {
        try
        {
            return
            [
                .. Directory
                    .EnumerateFileSystemEntries("/proc/self/fd")
                    .Select(path => int.Parse(Path.GetFileName(path.AsSpan()), CultureInfo.InvariantCulture))
                    .Where(descriptor => descriptor > 2),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Enumerable.Range(3, FewDescriptors - 3);
        }
    }

    private static byte[] CString(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    private static string? FindInPath(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return name;
        var path = Environment.GetEnvironmentVariable("PATH") ?? "/bin:/usr/bin";
        return path.Split(':').Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>A null-terminated array of C strings, as argv and envp are.</summary>
    private sealed unsafe class CStringArray : IDisposable
    {
        private readonly List<nint> _strings = [];
        private byte** _array;

        public byte** Pointer
        {
            get
            {
                if (_array is null)
                {
                    _array = (byte**)NativeMemory.Alloc((nuint)(_strings.Count + 1), (nuint)sizeof(byte*));
                    for (var i = 0; i < _strings.Count; i++)
                        _array[i] = (byte*)_strings[i];
                    _array[_strings.Count] = null;
                }

                return _array;
            }
        }

        public void Add(ReadOnlySpan<byte> text)
        {
            var copy = (byte*)NativeMemory.Alloc((nuint)text.Length + 1);
            text.CopyTo(new Span<byte>(copy, text.Length));
            copy[text.Length] = 0;
            _strings.Add((nint)copy);
        }

        public void Dispose()
        {
            foreach (var text in _strings)
                NativeMemory.Free((void*)text);
            NativeMemory.Free(_array);
        }
    }
}
