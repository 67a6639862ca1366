using System.Globalization;
using System.Text.Json;

namespace Kilometers.Ui.Tokens;

/// <summary><c>km-ui --count-tokens</c>: for each line of standard input, a JSON string, prints the number of its tokens.</summary>
internal static class TokenFilter
{
    public const string Option = "--count-tokens";

    public static async Task RunAsync(TextReader input, TextWriter output)
    {
        var counter = new TokenCounter();
        while (await input.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            var text = JsonElement.Parse(line).GetString() ?? "";
            await output.WriteLineAsync(counter.Count(text).ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        }

        await output.FlushAsync().ConfigureAwait(false);
    }
}
