using System.Text;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Contracts;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Showing;

/// <summary>What people type into a search: the filters of <c>km logs</c>, and words, which are searched as one text each.</summary>
internal static class Query
{
    private const int MaxLength = 2000;

    /// <summary>Reads it.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="now">The time.</param>
    /// <param name="find">Finds the session of <c>session:</c>.</param>
    /// <param name="problem">Why it cannot be used; null: it can.</param>
    public static CallFilter? Read(string text, DateTimeOffset now, Func<string, RecordedSession?> find, out string? problem)
    {
        problem = null;
        try
        {
            if (text.Length > MaxLength)
                throw Wrong($"That is longer than {MaxLength} characters.");
            var words = Words(text);
            var filter = FilterText.Read(words.Where(IsFilter), now, session =>
                find(session) ?? throw Wrong($"No recorded session matches '{session}'.")
            );
            foreach (var word in words.Where(word => !IsFilter(word)))
            {
                if (!CallFilter.CanSearch(word))
                    throw Wrong($"'{word}' has no word of two letters or more to search for.");
                filter = filter with { Texts = [.. filter.Texts, word] };
            }

            return filter;
        }
        catch (KmException e)
        {
            problem = string.Join(". ", new[] { e.Error.Summary.TrimEnd('.'), e.Error.Hint }.OfType<string>());
            return null;
        }
    }

    /// <summary>Words at spaces; what is in double quotes is one.</summary>
    internal static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var isQuoted = false;
        foreach (var one in text)
        {
            if (one == '"')
                isQuoted = !isQuoted;
            else if (char.IsWhiteSpace(one) && !isQuoted)
            {
                if (word.Length > 0)
                    words.Add(word.ToString());
                word.Clear();
            }
            else
                word.Append(one);
        }

        if (word.Length > 0)
            words.Add(word.ToString());
        return words;
    }

    /// <summary>Only known names make a filter: text with a colon, such as an address, can be searched.</summary>
    private static bool IsFilter(string word) =>
        word.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && FilterText.Known.Any(known => known.Name == word[..colon]);

    private static KmException Wrong(string summary) => new(new KmError(ErrorCode.InvalidArguments, summary));
}
