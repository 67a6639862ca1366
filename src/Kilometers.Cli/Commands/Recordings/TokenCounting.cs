using System.Globalization;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Recordings.Tokens;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>Counts tokens with <c>km-ui</c>, which carries the tokenizer so that km stays small and starts fast.</summary>
internal static class TokenCounting
{
    /// <summary>The encoding that is counted with.</summary>
    public const string Encoding = "o200k_base";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Counts the tokens of recorded calls; they are kept in the file.</summary>
    /// <param name="folder">Where the file is.</param>
    /// <param name="backlog">What is to be counted.</param>
    /// <param name="progress">Is told how many bytes were counted.</param>
    /// <param name="cancellationToken">Stops; what was counted until then is kept.</param>
    /// <exception cref="KmException">They cannot be counted.</exception>
    public static async Task CountCallsAsync(
        string folder,
        TokenBacklog backlog,
        IProgress<long> progress,
        CancellationToken cancellationToken
    )
    {
        using var child = PageProgram.Start("--count-calls", folder);
        try
        {
            var errors = new StreamReader(child.StandardError).ReadToEndAsync(CancellationToken.None);
            var writing = WriteSessionsAsync(child.StandardInput, backlog.Sessions, cancellationToken);
            using var answers = new StreamReader(child.StandardOutput);
            while (await answers.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
                progress.Report(long.Parse(line, NumberStyles.None, CultureInfo.InvariantCulture));
            if ((await errors.WaitAsync(cancellationToken).ConfigureAwait(false)).Trim() is { Length: > 0 } why)
                throw PageProgram.Failure(why, "Run the command again. What was counted is kept.");
            await writing.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or FormatException or OverflowException)
        {
            throw PageProgram.Failure(e.Message, "Run the command again. What was counted is kept.");
        }
        finally
        {
            child.KillTree();
        }
    }

    private static async Task WriteSessionsAsync(Stream input, IReadOnlyList<long> sessions, CancellationToken cancellationToken)
    {
        await using (input.ConfigureAwait(false))
        {
            var lines = string.Concat(sessions.Select(session => session.ToString(CultureInfo.InvariantCulture) + "\n"));
            await input.WriteAsync(System.Text.Encoding.UTF8.GetBytes(lines), cancellationToken).ConfigureAwait(false);
        }
    }

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
