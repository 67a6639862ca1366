using System.Globalization;
using System.Text.Json;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>Counts tokens with <c>km-ui</c>, which carries the tokenizer so that km stays small and starts fast.</summary>
internal static class TokenCounting
{
    /// <summary>The encoding that is counted with.</summary>
    public const string Encoding = "o200k_base";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>The tokens of each text.</summary>
    /// <exception cref="KmException">They cannot be counted.</exception>
    public static async Task<IReadOnlyList<int>> CountAsync(
        IReadOnlyList<string> texts,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (texts.Count == 0)
            return [];
        using var child = PageProgram.Start("--count-tokens");
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var errors = new StreamReader(child.StandardError).ReadToEndAsync(CancellationToken.None);
            var writing = WriteAsync(child.StandardInput, texts, either.Token);
            var counts = new List<int>(texts.Count);
            using var answers = new StreamReader(child.StandardOutput);
            while (counts.Count < texts.Count && await answers.ReadLineAsync(either.Token).ConfigureAwait(false) is { } line)
                counts.Add(int.Parse(line, NumberStyles.None, CultureInfo.InvariantCulture));
            if (counts.Count < texts.Count)
                throw PageProgram.Failure((await errors.WaitAsync(either.Token).ConfigureAwait(false)).Trim(), "Install km again.");
            await writing.ConfigureAwait(false);
            return counts;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or FormatException or OverflowException)
        {
            throw cancellationToken.IsCancellationRequested
                ? e
                : PageProgram.Failure(e.Message, "Try again. If it fails again, install km again.");
        }
        finally
        {
            child.KillTree();
        }
    }

    private static async Task WriteAsync(Stream input, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        await using (input.ConfigureAwait(false))
        {
            foreach (var text in texts)
                await input
                    .WriteAsync(System.Text.Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(text)}\"\n"), cancellationToken)
                    .ConfigureAwait(false);
        }
    }
}
