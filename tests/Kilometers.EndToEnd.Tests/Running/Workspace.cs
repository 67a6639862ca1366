using System.Text.Json;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>A temporary folder of one test, and what the test's plugins leave in it.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly Dictionary<string, RecordFile> _records = [];

    public Workspace()
    {
        Folder = Directory.CreateTempSubdirectory("km-e2e-").FullName;
    }

    public string Folder { get; }

    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>
    /// A TestPlugin with a behaviour. Plugins get an allow-listed environment, so a script that starts it has the behaviour:
    /// that is what an author would do, too.
    /// </summary>
    /// <param name="name">The plugin's name; its record is the file NAME.jsonl.</param>
    /// <param name="behaviour">Settings of TestPlugin without their prefix.</param>
    public string TestPlugin(string name, params (string Key, string Value)[] behaviour)
    {
        var exports = behaviour
            .Append(("NAME", name))
            .Append(("RECORD", File(name + ".jsonl")))
            .Select(b => $"export TESTPLUGIN_{b.Item1}='{b.Item2}'");
        return Script(name, [.. exports, $"exec '{Programs.TestPlugin}'"]);
    }

    /// <summary>An executable shell script.</summary>
    public string Script(string name, params string[] lines)
    {
        var path = File(name);
        System.IO.File.WriteAllText(path, "#!/bin/sh\n" + string.Join('\n', lines) + "\n");
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>What a TestPlugin recorded until now: whole lines only. Each line is read once, however often it is asked for.</summary>
    public List<JsonElement> Record(string plugin)
    {
        var path = File(plugin + ".jsonl");
        if (!System.IO.File.Exists(path))
            return [];
        lock (_records)
        {
            if (!_records.TryGetValue(plugin, out var record))
                record = _records[plugin] = new RecordFile(path);
            return record.Read();
        }
    }

    public List<JsonElement> Messages(string plugin) => [.. Record(plugin).Where(r => r.GetProperty("call").GetString() == "message")];

    public void Dispose()
    {
        // The host of a session that is over still writes and removes things in a directory of km in here.
        Processes.WaitForHostsBelow(Folder);
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // Some of it may lie below the longest path, for which .NET has an ArgumentException, and which rm can delete.
            using var rm = System.Diagnostics.Process.Start("rm", ["-rf", "--", Folder]);
            rm.WaitForExit();
            if (rm.ExitCode != 0)
                throw;
        }
    }
}
