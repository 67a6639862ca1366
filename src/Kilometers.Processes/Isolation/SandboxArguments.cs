using System.Globalization;

namespace Kilometers.Processes.Isolation;

/// <summary>A profile as arguments of the launcher: <c>key=value</c>, one per word, so that it can be read in a list of processes.</summary>
internal static class SandboxArguments
{
    public const string End = "--";

    public static IReadOnlyList<string> From(SandboxProfile profile)
    {
        var arguments = new List<string>();
        arguments.AddRange(profile.Executable.Select(path => "rx=" + path));
        arguments.AddRange(profile.Readable.Select(path => "r=" + path));
        arguments.AddRange(profile.Writable.Select(path => "rw=" + path));
        arguments.AddRange(profile.SocketFolders.Select(path => "socket=" + path));
        arguments.AddRange(profile.Pinned.Select(pin => $"pin={pin.Value}={pin.Key}"));
        if (profile.BindSupervisor is { } supervisor)
            arguments.Add("bind=" + supervisor);
        if (profile.AllowProcesses)
            arguments.Add("processes=1");
        if (!profile.Confine)
            arguments.Add("confine=0");
        Add("data", profile.DataBytes);
        Add("files", profile.OpenFiles);
        Add("fsize", profile.FileBytes);
        if (profile.ControlGroup is { } group)
            arguments.Add("cgroup=" + group);
        return arguments;

        void Add(string key, long? value)
        {
            if (value is { } number)
                arguments.Add(string.Create(CultureInfo.InvariantCulture, $"{key}={number}"));
        }
    }

    /// <exception cref="SandboxException">A word is not one of a profile: nothing is guessed.</exception>
    public static SandboxProfile Parse(ReadOnlySpan<string> arguments)
    {
        List<string> executable = [],
            readable = [],
            writable = [],
            sockets = [];
        var pinned = new Dictionary<string, FileIdentity>(StringComparer.Ordinal);
        var profile = new SandboxProfile
        {
            Pinned = pinned,
            Executable = executable,
            Readable = readable,
            Writable = writable,
            SocketFolders = sockets,
        };
        foreach (var argument in arguments)
        {
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var value = argument[(equals + 1)..];
            switch (equals < 0 ? "" : argument[..equals])
            {
                case "rx":
                    executable.Add(value);
                    break;
                case "r":
                    readable.Add(value);
                    break;
                case "rw":
                    writable.Add(value);
                    break;
                case "socket":
                    sockets.Add(value);
                    break;
                case "pin" when value.Split('=', 2) is [var identity, var path] && FileIdentity.TryParse(identity, out var pin):
                    pinned[path] = pin;
                    break;
                case "bind":
                    profile = profile with { BindSupervisor = value };
                    break;
                case "processes" when value == "1":
                    profile = profile with { AllowProcesses = true };
                    break;
                case "confine" when value == "0":
                    profile = profile with { Confine = false };
                    break;
                case "data":
                    profile = profile with { DataBytes = Number(argument, value) };
                    break;
                case "files":
                    profile = profile with { OpenFiles = Number(argument, value) };
                    break;
                case "fsize":
                    profile = profile with { FileBytes = Number(argument, value) };
                    break;
                case "cgroup":
                    profile = profile with { ControlGroup = value };
                    break;
                default:
                    throw new SandboxException("arguments", $"'{argument}' is not understood");
            }
        }

        return profile;
    }

    private static long Number(string argument, string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SandboxException("arguments", $"'{argument}' has no number");
}
