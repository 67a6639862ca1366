using System.Runtime.InteropServices;
using System.Text;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// Applies every layer that a profile asks for to this process, and then becomes the program. The process id, the group and the pipes stay
/// what they are, so the process that started this one has started the program. If one layer fails, nothing is started.
/// </summary>
internal static unsafe class SandboxLauncher
{
    private const uint OwnerOnly = 0x3f; // 077

    /// <summary>Comes back only with what went wrong.</summary>
    /// <param name="profile">What the program may do.</param>
    /// <param name="file">Its path.</param>
    /// <param name="arguments">Its arguments after its name.</param>
    /// <returns>Why it could not be executed: an <c>errno</c>.</returns>
    /// <exception cref="SandboxException">A layer could not be applied.</exception>
    public static int Exec(SandboxProfile profile, string file, ReadOnlySpan<string> arguments)
    {
        if (profile.ControlGroup is { } group)
            ControlGroup.Enter(group);

        // Everything is made ready before the first restriction: afterwards this program's own files are out of reach, too.
        var program = PinnedFolder.Enter(file, profile);
        var path = CString(program);
        var argv = Vector([file, .. arguments]);
        var script = Vector(["sh", program, .. arguments]);
        var shell = CString("/bin/sh");
        var environment = Libc.Environ();
        var limits = ResourceLimits.Of(profile);
        var ruleset = -1;
        Instruction[] filter = [],
            supervised = [];
        BindLink? link = null;
        if (profile.Confine)
        {
            var support = SandboxSupport.Current;
            if (!support.CanConfine)
                throw new SandboxException("isolation", support.Missing!);
            ruleset = Landlock.Prepare(profile, support.LandlockVersion);
            var areSignalsScoped = support.LandlockVersion >= Landlock.ScopesSignals;
            var (calls, self, parent) = (SystemCalls.Current!, Environment.ProcessId, Libc.ParentProcess());
            filter = SeccompFilter.Create(calls, profile with { BindSupervisor = null }, self, parent, areSignalsScoped);
            if (profile.BindSupervisor is { } supervisor)
            {
                link = new BindLink(supervisor);
                supervised = SeccompFilter.Create(calls, profile, self, parent, areSignalsScoped);
            }
        }

        _ = LinuxCalls.Umask(OwnerOnly);

        SignalDispositions.RestoreDefaults();
        InheritOnlyStandardStreams();
        if (profile.Confine)
        {
            PrivilegeDrop.NoNew();
            Landlock.Restrict(ruleset);
            PrivilegeDrop.GiveUp();
            if (link is not null && SeccompFilter.Apply(supervised, isSupervised: true) is >= 0 and var listener)
                link.HandOver(listener);
            else
                _ = SeccompFilter.Apply(filter, isSupervised: false);
        }

        ResourceLimits.Apply(limits);
        _ = LinuxCalls.Execve(path, argv, environment);
        var errno = LinuxCalls.LastError();
        if (errno == Libc.Enoexec)
        {
            // As execvp does: a script without a "#!" line is one for the shell.
            _ = LinuxCalls.Execve(shell, script, environment);
        }

        return errno;
    }

    private static void InheritOnlyStandardStreams()
    {
        if (OperatingSystem.IsLinux() && LinuxCalls.MarkCloseOnExec(3) == 0)
            return;
        for (var fd = 3; fd < 4096; fd++)
            _ = Libc.Fcntl(fd, Libc.SetDescriptorFlags, 1);
    }

    // Never freed: the process is about to be another.
    private static byte* CString(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var copy = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    private static byte** Vector(ReadOnlySpan<string> texts)
    {
        var vector = (byte**)NativeMemory.AllocZeroed((nuint)texts.Length + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < texts.Length; i++)
            vector[i] = CString(texts[i]);
        return vector;
    }
}
