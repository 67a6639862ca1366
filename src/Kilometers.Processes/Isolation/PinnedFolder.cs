using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>Opens folders by name once, and from then on by descriptor: what was compared is what is granted and executed.</summary>
internal static class PinnedFolder
{
    /// <summary>A descriptor that only names a path; -1 and the error where that cannot be had.</summary>
    /// <exception cref="SandboxException">The path is pinned, and leads to something else by now.</exception>
    public static int Open(string path, SandboxProfile profile)
    {
        if (!profile.Pinned.TryGetValue(path, out var pin))
            return LinuxCalls.OpenToName(path);
        var descriptor = LinuxCalls.OpenToName(path, followsLink: false);
        if (descriptor < 0)
            throw new SandboxException("files", $"{path}: {LinuxCalls.LastErrorText()}");
        if (FileStatus.Of(descriptor) is not { IsFolder: true } status || status.Identity != pin)
            throw new SandboxException("files", $"{path} was exchanged by somebody");
        return descriptor;
    }

    /// <summary>Goes into the folder of a program if that is pinned.</summary>
    /// <returns>The program's path from then on: relative to that folder, or as it was.</returns>
    /// <exception cref="SandboxException">The folder is another by now, or cannot be entered.</exception>
    public static string Enter(string program, SandboxProfile profile)
    {
        if (Path.GetDirectoryName(program) is not { } folder || !profile.Pinned.ContainsKey(folder))
            return program;
        var descriptor = Open(folder, profile);
        if (LinuxCalls.EnterFolder(descriptor) != 0)
            throw new SandboxException("files", $"{folder}: {LinuxCalls.LastErrorText()}");
        _ = Libc.Close(descriptor);
        return "./" + Path.GetFileName(program);
    }
}
