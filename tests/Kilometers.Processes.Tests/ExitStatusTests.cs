namespace Kilometers.Processes.Tests;

public sealed class ExitStatusTests
{
    [Theory]
    [InlineData(0, null, 0, "exit code 0")]
    [InlineData(3, null, 3, "exit code 3")]
    [InlineData(255, null, 255, "exit code 255")]
    [InlineData(0, 9, 137, "signal 9 (SIGKILL)")]
    [InlineData(0, 13, 141, "signal 13 (SIGPIPE)")]
    [InlineData(0, 15, 143, "signal 15 (SIGTERM)")]
    [InlineData(0, 62, 190, "signal 62")]
    public void ShellCodeAndToString_AnyEnd_SayWhatAShellWould(int code, int? signal, int shellCode, string text)
    {
        var status = new ExitStatus(code, signal);
        Assert.Equal(shellCode, status.ShellCode);
        Assert.Equal(text, status.ToString());
    }
}
