using System.Diagnostics;
using Kilometers.Recordings.Reading;
using Kilometers.Ui.Tests.Running;

namespace Kilometers.Ui.Tests.Showing;

/// <summary>The program counts tokens for km.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task Calls_of_a_session_are_counted_in_the_file_and_only_once()
    {
        using var recorded = new RecordedFolder();
        using (var session = recorded.Session("01KB000000000000000000AAAA", "files"))
            session.Call("read_file", 10).End();
        Assert.NotEqual("", await CountAsync(recorded.Folder));
        Assert.Equal("", await CountAsync(recorded.Folder));
        using var reader = RecordingReader.Open(recorded.Folder);
        var call = Assert.Single(reader.Calls(new CallFilter(), 10));
        Assert.True(call is { RequestTokens: > 3, ResponseTokens: > 3 });
    }

    [Fact]
    public async Task Texts_on_standard_input_are_counted_line_by_line()
    {
        // "hello world" has 2 tokens in o200k_base.
        var start = new ProcessStartInfo(UiProgram.Path, ["--count-tokens"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var program = Process.Start(start)!;
        foreach (var text in (string[])["\"hello world\"", "\"\"", "\"a\\nb \\u20ac \\\"\"", $"\"{new string('x', 120_000)}\""])
            await program.StandardInput.WriteLineAsync(text);
        program.StandardInput.Close();
        var counts = (await program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n');
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, program.ExitCode);
        Assert.Equal(["2", "0"], counts[..2]);
        Assert.Equal(5, counts.Length);
        Assert.InRange(int.Parse(counts[2], System.Globalization.CultureInfo.InvariantCulture), 4, 6);
        Assert.InRange(int.Parse(counts[3], System.Globalization.CultureInfo.InvariantCulture), 1_000, 120_000);
    }

    private static async Task<string> CountAsync(string folder)
    {
        var start = new ProcessStartInfo(UiProgram.Path, ["--count-calls", folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var program = Process.Start(start)!;
        await program.StandardInput.WriteLineAsync("1");
        program.StandardInput.Close();
        var counted = await program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, program.ExitCode);
        return counted;
    }
}
