using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary><c>km doctor</c>: says what is wrong on this machine and what to do about it.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var offline = new Option<bool>("--offline") { Description = "Do not ask the API." };
        var json = PluginsCommand.Json();
        var command = new Command(
            "doctor",
            "Check this machine: what is wrong, and what to do about it. The output contains no secrets, so you can paste it into an issue."
        )
        {
            offline,
            json,
        };
        HelpWithExamples.Add(
            command,
            """
            The exit status is 1 if a check failed, and 0 if there are only warnings.

            Examples:
              km doctor
              km doctor --offline --json
            """
        );

        // Not CommandContext.Run: that refuses what this command is there to explain.
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var errors = StandardError.OfCommand();
                using var context = new CommandContext(PluginPaths.Default(), TimeProvider.System, new Screen(), errors);
                var findings = await FindAsync(
                        DoctorChecks.All,
                        new DoctorContext(context) { IsOffline = parsed.GetValue(offline) },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                var report = DoctorReport.Of(findings, context.Time.GetUtcNow());
                if (parsed.GetValue(json))
                    context.Screen.Json(report, CommandJsonContext.Default.DoctorReport);
                else
                    Show(context, report);
                return report.ExitStatus;
            }
        );
        return command;
    }

    /// <summary>Runs the checks, one after the other. A check that fails is itself a finding: the others are the more needed then.</summary>
    internal static async Task<IReadOnlyList<Finding>> FindAsync(
        IEnumerable<IDoctorCheck> checks,
        DoctorContext context,
        CancellationToken cancellationToken
    )
    {
        var findings = new List<Finding>();
        foreach (var check in checks)
            findings.AddRange(
                (await RunAsync(check, context, cancellationToken).ConfigureAwait(false)).Select(finding =>
                    finding with
                    {
                        Check = check.Name,
                    }
                )
            );
        return findings;
    }

    private static async Task<IReadOnlyList<Finding>> RunAsync(
        IDoctorCheck check,
        DoctorContext context,
        CancellationToken cancellationToken
    )
    {
        if (context.WhyNot(check.Needs) is { } why)
            return [Finding.NotChecked(why)];
        try
        {
            return await check.RunAsync(context, cancellationToken).ConfigureAwait(false);
        }
        catch (KmException e)
        {
            return [Finding.Of(e.Error)];
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return
            [
                Finding.Of(
                    new KmError(ErrorCode.Internal, "This check itself failed", $"{e.GetType().Name}: {e.Message}", "Please report this.")
                ),
            ];
        }
    }

    private static void Show(CommandContext context, DoctorReport report)
    {
        var screen = context.Screen;
        var glyphs = context.Errors.Glyphs;
        screen.WriteLine($"km {report.Km}, {HostPolicy.Platform}");
        foreach (var finding in report.Findings)
        {
            var sign = finding.Severity switch
            {
                Severity.Error => glyphs.Failure,
                Severity.Warning => glyphs.Warning,
                Severity.NotChecked => "-",
                _ => glyphs.Success,
            };
            var code = finding.Code is null ? "" : $" [{finding.Code}]";
            screen.WriteLine($"{sign} {finding.Check}: {finding.Summary}{code}");
            foreach (var line in (finding.Detail ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                screen.WriteLine($"   {line.TrimEnd('\r')}");
            if (finding.Hint is { } hint && finding.Severity is Severity.Error or Severity.Warning)
                screen.WriteLine($"{glyphs.Hint} {finding.Hint}");
        }

        var errors = report.Findings.Count(finding => finding.Severity == Severity.Error);
        var warnings = report.Findings.Count(finding => finding.Severity == Severity.Warning);
        screen.WriteLine("");
        screen.WriteLine(
            (errors, warnings) switch
            {
                (0, 0) => "Nothing is wrong.",
                (0, _) => $"No check failed; {Units.Many(warnings, "warning")}.",
                _ => $"{Units.Many(errors, "check")} failed, {Units.Many(warnings, "warning")}.",
            }
        );
    }
}
