using System.Globalization;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>The program <c>km-ui</c>, which is beside km. It ends with its standard input, so also when km is killed.</summary>
internal sealed class PageServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ChildProcess _child;
    private readonly TimeProvider _time;
    private readonly string _url;

    private PageServer(ChildProcess child, TimeProvider time, string url) => (_child, _time, _url) = (child, time, url);

    /// <summary>Starts it.</summary>
    /// <param name="paths">Where recordings and findings are.</param>
    /// <param name="port">The port; 0: any.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KmException">It is missing, or cannot serve.</exception>
    public static async Task<PageServer> StartAsync(PluginPaths paths, int port, TimeProvider time, CancellationToken cancellationToken)
    {
        var child = PageProgram.Start(
            RecordingAccess.Folder(paths),
            "--port",
            port.ToString(CultureInfo.InvariantCulture),
            "--analytics",
            PluginFolder.Of(paths, PluginFindings.Analytics),
            "--guard",
            PluginFolder.Of(paths, PluginFindings.Guard)
        );
        try
        {
            using var limit = new CancellationTokenSource(StartLimit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var errors = new StreamReader(child.StandardError).ReadToEndAsync(CancellationToken.None);
            var line = await new StreamReader(child.StandardOutput).ReadLineAsync(either.Token).ConfigureAwait(false);
            var answer = line is null ? null : JsonSerializer.Deserialize(line, UiJson.Default.PageServerLine);
            if (answer?.Url is { } url)
                return new PageServer(child, time, url);
            throw answer?.Error is { } error
                ? Failure(error, port == 0 ? "Try again." : $"Choose another port, or leave --port out: any free one does.")
                : Failure((await errors.WaitAsync(either.Token).ConfigureAwait(false)).Trim(), "Install km again with all of its files.");
        }
        catch (Exception e) when (e is OperationCanceledException or JsonException or IOException)
        {
            child.KillTree();
            child.Dispose();
            throw cancellationToken.IsCancellationRequested ? e : Failure(e.Message, "Try again. If it happens again, install km again.");
        }
        catch
        {
            child.KillTree();
            child.Dispose();
            throw;
        }
    }

    /// <summary>The address of a page, with the token that opens it once.</summary>
    /// <param name="path">The page's path, without a slash before it.</param>
    public string Url(string path)
    {
        var at = _url.IndexOf('?', StringComparison.Ordinal);
        return _url[..at] + path + _url[at..];
    }

    /// <summary>Tells it which sessions run, until it ends or the user ends it.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(Func<IReadOnlyCollection<string>> running, CancellationToken cancellationToken)
    {
        using var interrupt = new UserInterrupt(cancellationToken);
        using var timer = new PeriodicTimer(LookInterval, _time);
        var told = "";
        try
        {
            do
            {
                var news = JsonSerializer.Serialize(
                    new PageServerNews([.. running().Order(StringComparer.Ordinal)]),
                    UiJson.Default.PageServerNews
                );
                if (news != told)
                    await _child
                        .StandardInput.WriteAsync(System.Text.Encoding.UTF8.GetBytes(news + "\n"), interrupt.Token)
                        .ConfigureAwait(false);
                told = news;
                await Task.WhenAny(_child.Exited, timer.WaitForNextTickAsync(interrupt.Token).AsTask()).ConfigureAwait(false);
            } while (!interrupt.Token.IsCancellationRequested && !_child.Exited.IsCompleted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Ctrl+C, or it ended.
        }

        await _child.StandardInput.DisposeAsync().ConfigureAwait(false);
        try
        {
            var status = await _child.Exited.WaitAsync(StopLimit, _time, CancellationToken.None).ConfigureAwait(false);
            return status is { Code: 0, Signal: null } ? 0 : throw Failure($"It ended with {status}.", "Run km ui again.");
        }
        catch (TimeoutException)
        {
            return 0;
        }
    }

    public void Dispose()
    {
        _child.KillTree();
        _child.Dispose();
    }

    private static KmException Failure(string why, string hint) => PageProgram.Failure(why, hint);
}
