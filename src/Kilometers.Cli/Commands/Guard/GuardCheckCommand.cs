using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Rules.Reading;

namespace Kilometers.Cli.Commands.Guard;

/// <summary><c>km guard check</c>: what is wrong with a file of rules; <c>km guard schema</c>: what editors check it by.</summary>
internal static class GuardCheckCommand
{
    public static Command Create()
    {
        var file = File();
        var json = PluginsCommand.Json();
        var command = new Command("check", "Check a file of rules: every mistake with its line, and its path in the file.") { file, json };
        HelpWithExamples.Add(
            command,
            """
            Exit status: 0 if the file is valid, 1 if it is not.

            Examples:
              km guard check guard.json
              km guard check guard.json --json | jq -r '.mistakes[] | "\(.line): \(.message)"'
            """
        );
        CommandContext.Run(command, (parsed, context, _) => Task.FromResult(Check(context, parsed.GetValue(file)!, parsed.GetValue(json))));
        return command;
    }

    public static Command CreateSchema()
    {
        var command = new Command("schema", "Print the JSON schema of guard.json, for your editor.");
        HelpWithExamples.Add(command, "Examples:\n  km guard schema >guard.schema.json");
        CommandContext.Run(command, (_, context, _) =>
        {
            context.Screen.WriteLine(RuleFile.Schema.TrimEnd());
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>The argument that names a file of rules.</summary>
    public static Argument<string> File() => new("FILE") { Description = "A file of rules, such as guard.json." };

    private static int Check(CommandContext context, string file, bool isJson)
    {
        var read = RulesAccess.Read(file, out _);
        var isValid = read.Rules is not null;
        if (isJson)
            context.Screen.Json(
                new RulesReport(
                    isValid,
                    read.Rules?.Rules.Count ?? 0,
                    read.Rules?.Denying ?? 0,
                    isValid ? null : ErrorCode.GuardRulesInvalid,
                    [
                        .. read.Mistakes.Select(mistake => new MistakeListing(
                            mistake.Line,
                            mistake.Column,
                            mistake.Path,
                            mistake.Kind,
                            mistake.Message
                        )),
                    ]
                ),
                GuardJson.Default.RulesReport
            );
        else if (isValid)
            context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {RulesAccess.Count(read.Rules!)}, no mistake.");
        else
            foreach (var mistake in read.Mistakes)
                context.Screen.WriteLine(RulesAccess.Line(file, mistake));
        return isValid
            ? 0
            : context.Errors.Report(
                new KmError(
                    ErrorCode.GuardRulesInvalid,
                    $"{TerminalText.Line(file)} is not a valid file of rules",
                    Units.Many(read.Mistakes.Count, "mistake"),
                    "See what is allowed where: km guard schema"
                )
            );
    }
}
