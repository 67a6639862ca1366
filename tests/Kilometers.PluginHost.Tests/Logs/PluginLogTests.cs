using System.Globalization;
using System.Text;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Logs;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Logs;

public sealed class PluginLogTests : IDisposable
{
    /// <summary>Longer than lines wait until they are written.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private static readonly PluginLogSession One = new("session-1", "files");
    private static readonly PluginLogSession Two = new("session-2", "mail");
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly PluginLogFiles _files;
    private readonly PluginLog _log;

    public PluginLogTests()
    {
        _files = new PluginLogFiles(_folder["logs"]);
        _log = Create(_files);
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Print_BeforeItIsKnownWhoItIs_IsKeptUnderItsName()
    {
        var stream = _log.Open()!;
        stream.Print("first\nsec"u8, One);
        Pass();
        Assert.Empty(_files.Names);
        stream.Identify("greeter");
        stream.Print("ond\r\n"u8, One);
        Pass();
        Assert.Equal(["first", "second"], Read("greeter").Select(line => line.Text));
        Assert.Equal([_time.Start, _time.Start + Delay], Read("greeter").Select(line => line.At));
        Assert.All(Read("greeter"), line => Assert.Equal(("files", null), (line.Sessions.Single().Server, line.Level)));
    }

    [Fact]
    public void Complete_HalfALine_IsKept()
    {
        var stream = _log.Open()!;
        stream.Print("ends in the mid"u8, One);
        stream.Complete("km-plugin-broken");
        Pass();
        Assert.Equal("ends in the mid", Read("km-plugin-broken").Single().Text);
    }

    [Fact]
    public void Print_TwoSessions_LinesDoNotMix()
    {
        var stream = Named();
        stream.Print("aa"u8, One);
        stream.Print("bb\n"u8, Two);
        stream.Print("aa\n"u8, One);
        stream.Print("to all\n"u8, [One, Two]);
        Pass();
        Assert.Equal(
            [("bb", "mail"), ("aaaa", "files"), ("to all", "files+mail")],
            Read("greeter").Select(line => (line.Text, string.Join('+', line.Sessions.Select(session => session.Server))))
        );
    }

    [Fact]
    public void Log_Entry_KeepsLevelAndFields()
    {
        Named()
            .Log(
                new PluginLogEntry(
                    PluginLogLevel.Warning,
                    "cannot write",
                    null,
                    new Dictionary<string, string>
                    {
                        ["@module"] = "greeter",
                        ["error"] = "disk full",
                        ["password"] = "hunter2",
                    },
                    ""
                ),
                [One]
            );
        Pass();
        var line = Read("greeter").Single();
        Assert.Equal(("warn", "cannot write"), (line.Level, line.Text));
        Assert.Equal(["error=disk full", "password=***"], line.Fields!.Select(field => $"{field.Key}={field.Value}"));
    }

    [Fact]
    public void Print_SecretOverSeveralLines_IsNotKept()
    {
        Named().Print("before\n-----BEGIN\nsecret\nEND-----\nafter\n"u8, One);
        Pass();
        Assert.Equal(["before", "***", "after"], Read("greeter").Select(line => line.Text));
    }

    [Fact]
    public void Print_Flood_IsCountedAndSaid()
    {
        var stream = Named();
        var line = new string('x', 999) + "\n";
        for (var number = 0; number < 1000; number++)
            stream.Print(Encoding.ASCII.GetBytes(line), One);
        Pass();
        stream.Print("later\n"u8, One);
        Pass();
        var kept = Read("greeter");
        var lost = kept.Single(one => one.Lost is not null).Lost!.Value;
        Assert.InRange(lost, 1, 999);
        Assert.Equal(1000, kept.Count(one => one.Lost is null && one.Text.Length == 999) + lost);
        Assert.Equal("later", kept[^1].Text);
    }

    [Fact]
    public void Print_DiskThatCannotBeWritten_HarmsNobodyAndIsSaidLater()
    {
        File.WriteAllText(_folder["logs"], "a file where the folder would be");
        var stream = Named();
        stream.Print("one\ntwo\n"u8, One);
        Pass();
        File.Delete(_folder["logs"]);
        stream.Print("three\n"u8, One);
        Pass();
        Assert.Equal([("three", null), ("", 2)], Read("greeter").Select(line => (line.Text, line.Lost)));
    }

    [Fact]
    public void Open_NotWanted_KeepsNothing()
    {
        using var log = new PluginLog(_files, Clean, () => false, _time);
        Assert.Null(log.Open());
    }

    [Fact]
    public void Dispose_WhatWaits_IsWritten()
    {
        Named().Print("the end\n"u8, One);
        _log.Dispose();
        Assert.Equal("the end", Read("greeter").Single().Text);
    }

    [Fact]
    public async Task Two_hosts_at_once_keep_every_line_whole()
    {
        const int Lines = 200;
        var cancellationToken = TestContext.Current.CancellationToken;
        var hosts = Enumerable
            .Range(0, 2)
            .Select(host =>
                Task.Run(
                    () =>
                    {
                        using var log = new PluginLog(_files, Clean, () => true, TimeProvider.System);
                        var stream = log.Open()!;
                        stream.Identify("greeter");
                        for (var number = 0; number < Lines; number++)
                            stream.Print(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{host}: {number}\n")), One);
                    },
                    cancellationToken
                )
            );
        await Task.WhenAll(hosts);
        var kept = Read("greeter").Select(line => line.Text).ToList();
        Assert.Equal(2 * Lines, kept.Count);
        for (var host = 0; host < 2; host++)
            Assert.Equal(
                Enumerable.Range(0, Lines).Select(number => string.Create(CultureInfo.InvariantCulture, $"{host}: {number}")),
                kept.Where(text => text.StartsWith(host.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
            );
    }

    [Fact]
    public void ReadNew_FilesThatFollowEachOther_MissesAndRepeatsNothing()
    {
        var files = new PluginLogFiles(_folder["logs"], maxSize: 2000);
        using var log = Create(files);
        var stream = log.Open()!;
        stream.Identify("greeter");
        var reader = new PluginLogReader(files, "greeter");
        var seen = new List<string>();
        for (var number = 0; number < 100; number++)
        {
            stream.Print(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"line {number}\n")), One);
            Pass();
            if (number % 7 == 0)
                seen.AddRange(reader.ReadNew().Select(line => line.Text));
        }

        seen.AddRange(reader.ReadNew().Select(line => line.Text));
        Assert.True(File.Exists(files.OlderOf("greeter")));
        Assert.Equal(Enumerable.Range(0, 100).Select(number => string.Create(CultureInfo.InvariantCulture, $"line {number}")), seen);
    }

    [Fact]
    public void ReadNew_WhatIsNoLine_IsLeftOut()
    {
        _files.Append("greeter", "{\"at\":\"20"u8);
        var stream = Named();
        stream.Print("whole\n"u8, One);
        Pass();
        Assert.Equal("whole", Read("greeter").Single().Text);
    }

    private PluginLog Create(PluginLogFiles files) => new(files, Clean, () => true, _time);

    /// <summary>Stands for the rules of km, which have tests of their own.</summary>
    private static string Clean(string text)
    {
        var start = text.IndexOf("-----BEGIN", StringComparison.Ordinal);
        if (start >= 0 && text.IndexOf("END-----", start, StringComparison.Ordinal) is > 0 and var end)
            text = text[..start] + "***" + text[(end + 8)..];
        return text.StartsWith("password=", StringComparison.Ordinal) ? "password=***" : text;
    }

    private PluginLogStream Named()
    {
        var stream = _log.Open()!;
        stream.Identify("greeter");
        return stream;
    }

    private void Pass() => _time.Advance(Delay);

    private IReadOnlyList<PluginLogLine> Read(string plugin) => new PluginLogReader(_files, plugin).ReadNew();
}
