using System.Globalization;
using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Tokens;

namespace Kilometers.Ui.Tokens;

/// <summary>
/// <c>km-ui --count-calls FOLDER</c>: for each line of standard input, the row of a session, counts the tokens of its calls and keeps them in the
/// file. Prints how many bytes were counted, as it goes.
/// </summary>
internal static class CallTokenFilter
{
    public const string Option = "--count-calls";

    private const int FailureStatus = 1;

    public static int Run(string folder, TextReader input, TextWriter output, TextWriter errors)
    {
        var counter = new Lazy<TokenCounter>(() => new TokenCounter());
        var bytes = 0L;
        try
        {
            using var store = TokenStore.Open(folder, text => counter.Value.Count(text));
            while (input.ReadLine() is { } line)
                store.Count(long.Parse(line, NumberStyles.None, CultureInfo.InvariantCulture), counted =>
                {
                    bytes += counted;
                    output.WriteLine(bytes.ToString(CultureInfo.InvariantCulture));
                    output.Flush();
                });
            return 0;
        }
        catch (Exception e) when (e is RecordingException or IOException or UnauthorizedAccessException or FormatException)
        {
            errors.WriteLine(e.Message);
            return FailureStatus;
        }
    }
}
