using System.CommandLine;
using System.Text;
using System.Text.Json;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Transcripts;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Witnessing;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary><c>km compliance</c>: what the records of a period show, for somebody who assesses controls.</summary>
internal static class ComplianceCommand
{
    /// <summary>The feature of the subscription that it belongs to.</summary>
    public const string Feature = "compliance_reporting";

    private const string Examples = """
        The period is in UTC. Its beginning belongs to it, its end does not. Times that count back are rounded down to their unit: 30d begins at
        midnight. The same records give the same bytes, wherever and whenever the report is made.
        The report is evidence. It does not say that a control is met. Needs an Enterprise subscription; km audit show and km guard show do not.

        Exit status: 1 if the audit log is damaged or cannot be verified. The report says so first.

        Examples:
          km compliance --since 2026-11-01 --until 2026-12-01
          km compliance --since 90d --format html --output compliance.html
          km compliance --format sarif --output compliance.sarif
          km compliance controls > controls.json
          km compliance --controls controls.json --json | jq .limits
        """;

    private static readonly string[] Formats = ["table", "html", "json", "sarif"];

    public static Command Create()
    {
        var since = TimeOption.Create(
            "--since",
            "The period begins here: 30d ago, 2026-11-01 or 2026-11-01T08:30:00Z. Default: 30 days before its end."
        );
        var until = TimeOption.Create("--until", "The period ends here; this moment is not part of it. Default: the end of today.");
        var format = new Option<string>("--format", "-f")
        {
            Description = "table, html (one page that loads nothing), json or sarif. Default: table.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => Formats[0],
        };
        format.AcceptOnlyFromAmong(Formats);
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the report to this file, which must not exist yet. Default: standard output.",
            HelpName = "FILE",
        };
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists." };
        var controls = new Option<string?>("--controls")
        {
            Description = "Which evidence bears on which controls: a file of your own instead of km's.",
            HelpName = "FILE",
        };
        var offline = new Option<bool>("--offline")
        {
            Description = "Ask neither the witness nor for the subscription: what is kept here counts.",
        };
        var json = PluginsCommand.Json();
        json.Description = "The same as --format json.";
        var command = new Command(
            "compliance",
            "Report for a period what ran, who approved it, what was found and denied, and what proves it."
        )
        {
            since,
            until,
            format,
            output,
            force,
            controls,
            offline,
            json,
        };
        command.Add(CreateControls());
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(
            command,
            async (parsed, context, cancellationToken) =>
            {
                // A file that cannot be used is reported before anybody waits for the network.
                var period = CompliancePeriod.Of(parsed.GetValue(since), parsed.GetValue(until), context.Time.GetUtcNow());
                var map = ControlMap.Load(parsed.GetValue(controls));
                var isOffline = parsed.GetValue(offline);
                await EnsureIncludedAsync(context, isOffline, cancellationToken).ConfigureAwait(false);
                var (source, receipts) = await AuditVerifyCommand
                    .ReceiptsAsync(context, isOffline, cancellationToken)
                    .ConfigureAwait(false);
                var verified = AuditVerifier.Verify(context.Paths.Audit, null, context.Time, [.. receipts.Select(AuditWitness.HeadOf)]);
                var report = ComplianceReports.Make(context, period, map, verified, source, receipts);
                var kind = parsed.GetValue(json) ? "json" : parsed.GetValue(format)!;
                if (parsed.GetValue(output) is { } file)
                {
                    var size = NewFile.Write(file, parsed.GetValue(force), stream =>
                        stream.Write(Encoding.UTF8.GetBytes(Text(report, kind, null)))
                    );
                    context.Errors.WriteLine(
                        $"{context.Errors.Glyphs.Success} Wrote the report to {TerminalText.Line(file)} ({Units.Bytes(size)})"
                    );
                }
                else
                    foreach (var line in Text(report, kind, context.Screen).TrimEnd('\n').Split('\n'))
                        context.Screen.WriteLine(line);
                return AuditVerifyCommand.WhyNotIntact(verified, context.Paths.Audit) is { } error ? context.Errors.Report(error) : 0;
            },
            usesNetwork: true
        );
        return command;
    }

    /// <summary>Refuses what the subscription does not include, as it is now: a downgrade counts at the next check.</summary>
    private static async Task EnsureIncludedAsync(CommandContext context, bool isOffline, CancellationToken cancellationToken)
    {
        if (FeatureGate.ForbiddenBy(context.Rules, Feature) is { } forbidden)
            throw NotIncluded(forbidden, "Ask your administrator; see: km policy show");
        var source = context.Entitlements();
        var view = isOffline
            ? source.Known()
            : await source
                .GetAsync(PluginBuilds.Installed(context.Paths, context.Policy(out _)), force: false, cancellationToken)
                .ConfigureAwait(false);
        if (FeatureGate.MissingIn(view, Feature) is not { } missing)
            return;
        throw NotIncluded(view.Error is { } error ? $"{missing}: {error.Summary} [{error.Code}]" : missing, view.UpgradeAdvice);
    }

    private static KmException NotIncluded(string why, string hint) =>
        new(
            new KmError(
                ErrorCode.ComplianceNotIncluded,
                "The compliance report is not included",
                $"It is part of Enterprise, and {why}. Your records stay yours: km audit show, km audit verify and km guard show need no subscription.",
                hint
            )
        );

    /// <summary>The whole report; a table as wide as the screen.</summary>
    private static string Text(ComplianceReport report, string kind, Screen? screen)
    {
        switch (kind)
        {
            case "json":
                return JsonSerializer.Serialize(report, ComplianceJson.Default.ComplianceReport) + "\n";
            case "html":
                return CompliancePage.Make(report);
            case "sarif":
                using (var stream = new MemoryStream())
                {
                    ComplianceSarif.Write(report, stream);
                    return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
                }
            default:
                var view = new ComplianceView(screen?.Width, screen?.Colors ?? false, screen?.Ellipsis ?? "...");
                return string.Join('\n', view.Format(report)) + "\n";
        }
    }

    private static Command CreateControls()
    {
        var command = new Command("controls", "Print km's own file of controls, to begin one of your own with.");
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km compliance controls > controls.json
              km compliance --controls controls.json
            """
        );
        CommandContext.Run(command, (_, context, _) =>
        {
            foreach (var line in Encoding.UTF8.GetString(ControlMap.BuiltInFile).TrimEnd().Split('\n'))
                context.Screen.WriteLine(line);
            return Task.FromResult(0);
        });
        return command;
    }
}
