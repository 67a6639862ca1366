using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugins.Guard.Reporting;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Definitions;

/// <summary>Looks at definitions for what should not be in any.</summary>
/// <param name="detectors">What looks at their texts.</param>
/// <param name="mask">Masks secrets.</param>
internal sealed class DefinitionInspector(IReadOnlyList<ITextDetector> detectors, Func<string, string> mask)
{
    /// <summary>Characters of one list that are looked at.</summary>
    public const int MaxText = 1024 * 1024;

    /// <summary>What is suspicious in a list.</summary>
    public IReadOnlyList<Finding> Inspect(IReadOnlyList<SentDefinition> definitions)
    {
        var findings = new List<Finding>();
        var left = MaxText;
        foreach (var definition in definitions)
        {
            if (LookAlikeNames.IsMixed(definition.Name))
                findings.Add(
                    Of(
                        definition.Subject,
                        new(
                            ErrorCode.GuardLookAlike,
                            Severity.High,
                            $"has letters of another alphabet in its name, which looks like '{Confusables.Fold(definition.Name)}'",
                            string.Join(
                                ' ',
                                definition.Name.Where(letter => letter > 0x7F).Select(letter => $"{letter} (U+{(int)letter:X4})")
                            ),
                            "Do not use the server until its author explains the name."
                        )
                    )
                );
            findings.AddRange(CapabilityMismatch.Find(definition).Select(found => Of(definition.Subject, found)));
            foreach (var field in definition.Fields)
            {
                if (left <= 0)
                    break;
                left -= field.Text.Length;
                findings.AddRange(
                    detectors
                        .SelectMany(detector => detector.Find(field.Text, TextOrigin.Definition))
                        .Select(found => Of($"{definition.Subject}, {field.Path},", found))
                );
                if (field.Path.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                    findings.AddRange(
                        detectors
                            .SelectMany(detector => detector.Find(field.Path, TextOrigin.Definition))
                            .Select(found => Of($"{definition.Subject}, the name of a field,", found))
                    );
            }
        }

        if (left <= 0)
            findings.Add(
                Unchecked.Of(
                    "a list of definitions",
                    $"is longer than {MaxText / 1024} KB: guard compared all of it, and searched only the beginning",
                    Severity.Medium
                )
            );
        return findings;
    }

    private Finding Of(string subject, TextFinding found) =>
        new()
        {
            Code = found.Code,
            Severity = found.Severity,
            Subject = subject,
            Summary = mask(found.Summary),
            Evidence = mask(found.Evidence),
            Advice = found.Advice,
        };
}
