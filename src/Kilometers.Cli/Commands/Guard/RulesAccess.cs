using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Rules;
using Kilometers.Rules.Reading;

namespace Kilometers.Cli.Commands.Guard;

/// <summary>Reads files of rules that people name.</summary>
internal static class RulesAccess
{
    /// <summary>What is in a file, and what is wrong with it.</summary>
    /// <exception cref="KmException">It cannot be read.</exception>
    public static RuleFile Read(string file, out byte[] content)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
            var buffer = new byte[RuleFile.MaxBytes + 1];
            content = buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
            return RuleFile.Read(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(new KmError(ErrorCode.GuardRulesInvalid, $"{TerminalText.Line(file)} cannot be read", e.Message));
        }
    }

    /// <summary>The rules of a file.</summary>
    /// <exception cref="KmException">It cannot be read, or has mistakes.</exception>
    public static RuleSet Load(string file, out byte[] content) =>
        Read(file, out content) is { Rules: { } rules }
            ? rules
            : throw new KmException(
                new KmError(
                    ErrorCode.GuardRulesInvalid,
                    $"{TerminalText.Line(file)} is not a valid file of rules",
                    Hint: $"See what is wrong with it: km guard check {TerminalText.Line(file)}"
                )
            );

    /// <summary>How many rules there are, and how many of them have requests stopped.</summary>
    public static string Count(RuleSet rules) =>
        Units.Many(rules.Rules.Count, "rule") + (rules.Denying > 0 ? $" ({Units.Count(rules.Denying)} to deny)" : "");

    /// <summary>A mistake as compilers write theirs: editors and terminals find the place.</summary>
    public static string Line(string file, RuleMistake mistake) =>
        TerminalText.Line(
            string.Create(CultureInfo.InvariantCulture, $"{file}:{mistake.Line}:{mistake.Column}: {mistake.Message}")
                + (mistake.Path.Length > 0 ? $" ({mistake.Path})" : "")
        );
}
