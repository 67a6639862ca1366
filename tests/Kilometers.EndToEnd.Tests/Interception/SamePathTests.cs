using System.Globalization;
using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Policies;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Interception;

/// <summary>Where no policy has requests held, the relay's thread does exactly one read and one write for each message, as without any policy.</summary>
public sealed partial class SamePathTests : IDisposable
{
    private readonly KmHomeFolder _home = new() { IsPrivate = true };

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("""{"version": 1, "intercept": []}""")]
    [InlineData("""{"version": 1, "plugins": {"deny": ["guard"]}}""")]
    public async Task Without_a_grant_a_message_costs_one_read_and_one_write(string? policy)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "the relay's system calls: strace is not installed");
        using var administrator = Administrator.Create();
        if (policy is not null)
            administrator.Write(policy);
        var file = _home.File("trace");
        var expected = new List<(string Call, int Result)>();
        await using (var km = administrator.Trace(_home, file, "cat"))
        {
            for (var i = 0; i < 5; i++)
            {
                var line = $$$$"""{"jsonrpc":"2.0","id":{{{{i}}}},"method":"tools/call","params":{"name":"{{{{new string('x', i)}}}}"}}""";
                await km.SendAsync(line);
                Assert.Equal(line, await km.ReadLineAsync());
                expected.AddRange([("read", line.Length + 1), ("write", line.Length + 1)]);
            }

            Assert.Equal(0, await km.FinishAsync());
        }

        expected.Add(("read", 0));
        // What comes after the end is not the pump's: another thread may get its number.
        Assert.Equal(
            expected,
            CallsOfTheClientsPump(await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Take(expected.Count)
        );
    }

    /// <summary>What the thread did that reads the client's words: 64 KiB at a time, from the relay's standard input.</summary>
    private static List<(string Call, int Result)> CallsOfTheClientsPump(string[] trace)
    {
        var calls = new List<(string Thread, string File, string Call, int Result)>();
        var begun = new Dictionary<string, string>();
        string? pump = null;
        foreach (var line in trace)
        {
            if (Begun().Match(line) is { Success: true } begin)
                begun[begin.Groups["thread"].Value] = begin.Groups["file"].Value;
            if (Ended().Match(line) is not { Success: true } end)
                continue;
            var thread = end.Groups["thread"].Value;
            if (begun[thread] == "0" && line.Contains(", 65536) ", StringComparison.Ordinal))
                pump ??= thread;
            calls.Add(
                (thread, begun[thread], end.Groups["call"].Value, int.Parse(end.Groups["result"].Value, CultureInfo.InvariantCulture))
            );
        }

        Assert.NotNull(pump);

        // Before, the runtime looks at files of its own.
        return [.. calls.Where(call => call.Thread == pump).SkipWhile(call => call.File != "0").Select(call => (call.Call, call.Result))];
    }

    [GeneratedRegex(@"^(?<thread>\d+) +\w+\((?<file>\d+),")]
    private static partial Regex Begun();

    [GeneratedRegex(@"^(?<thread>\d+) .*?(?<call>read|write)(?:\(| resumed>).*\) += (?<result>-?\d+)")]
    private static partial Regex Ended();
}
