namespace Kilometers.Cli.Commands.Doctor;

/// <summary>What km takes the terminal for: where colors or characters look wrong, this says why.</summary>
internal sealed class TerminalCheck : IDoctorCheck
{
    public string Name => "terminal";

    public Prerequisites Needs => Prerequisites.None;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken)
    {
        var screen = context.Command.Screen;
        string[] facts =
        [
            screen.IsTerminal ? "a terminal" : "not a terminal",
            screen.Colors ? "colors" : "no colors",
            screen.IsAscii ? "ASCII only" : "Unicode",
        ];
        return Task.FromResult<IReadOnlyList<Finding>>([
            screen is { IsTerminal: true, IsAscii: true }
                ? Finding.Warning(
                    $"The locale shows ASCII only: {string.Join(", ", facts)}",
                    hint: "Use a locale of UTF-8, such as LANG=C.UTF-8."
                )
                : Finding.Ok(string.Join(", ", facts)),
        ]);
    }
}
