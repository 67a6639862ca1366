using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Reporting;

/// <summary>A change of a definition in words.</summary>
internal static class ChangeText
{
    /// <summary>The lines that are printed.</summary>
    public static IEnumerable<string> Lines(DefinitionChange change)
    {
        var subject = VisibleText.Of(DefinitionSubject.Of(change.Kind, change.Name));
        return change.What switch
        {
            ChangeKind.Added => [$"{ErrorCode.GuardDefinitionAdded} medium: {subject} was added", .. Shown("  now: ", change.After, 0)],
            ChangeKind.Removed => [$"{ErrorCode.GuardDefinitionRemoved} low: {subject} was removed"],
            _ =>
            [
                $"{ErrorCode.GuardDefinitionChanged} high: {subject} changed: {VisibleText.Of(change.Field!)}",
                .. Shown("  was: ", change.Before ?? "(nothing)", FirstDifference(change)),
                .. Shown("  now: ", change.After ?? "(nothing)", FirstDifference(change)),
            ],
        };
    }

    /// <summary>Long texts are shown from where they differ.</summary>
    private static int FirstDifference(DefinitionChange change)
    {
        var same = change.Before.AsSpan().CommonPrefixLength(change.After);
        return Math.Max(change.Before?.Length ?? 0, change.After?.Length ?? 0) <= VisibleText.MaxLength ? 0 : same;
    }

    private static IEnumerable<string> Shown(string head, string? text, int start) =>
        text is null ? [] : [head + VisibleText.Around(text, Math.Min(start, text.Length), VisibleText.MaxLength)];
}
