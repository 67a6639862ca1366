using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>What only a shell can do to a program before it starts: a mask for modes, a variable that is not set, another user.</summary>
internal static class Shell
{
    /// <summary>Starts a script; its arguments are <c>$1</c>, <c>$2</c> …</summary>
    public static KmProcess Start(
        string script,
        IReadOnlyDictionary<string, string>? environment,
        string? directory,
        params string[] arguments
    ) => KmProcess.Start("/bin/sh", ["-c", script, "sh", .. arguments], environment, directory);

    /// <summary>Runs a script to its end, without input.</summary>
    public static async Task<(int Status, string Output, string Errors)> RunAsync(
        string script,
        IReadOnlyDictionary<string, string>? environment,
        string? directory,
        params string[] arguments
    )
    {
        await using var shell = Start(script, environment, directory, arguments);
        shell.CloseInput();
        var output = await new StreamReader(shell.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (await shell.ExitAsync(), output, shell.Errors);
    }
}
