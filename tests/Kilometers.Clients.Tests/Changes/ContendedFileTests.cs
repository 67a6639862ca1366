using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;
using Kilometers.Clients.Syntax;
using Kilometers.Clients.Tests.Generation;
using Kilometers.Contracts;

namespace Kilometers.Clients.Tests.Changes;

/// <summary>
/// Whatever a file looks like, and while another process writes it in any of the three ways that clients have: km loses none of its updates,
/// changes no byte but its own, and takes that back to the byte.
/// </summary>
public sealed class ContendedFileTests : IAsyncDisposable
{
    /// <summary>How many files; KM_TEST_CONTENDED_FILES sets another number.</summary>
    private const int Usual = 100;

    private readonly ClientHome _home = new();
    private readonly Process _writer = Process.Start(
        new ProcessStartInfo("python3", [Path.Combine(AppContext.BaseDirectory, "Changes", "writer.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        }
    )!;
    private long _updates;
    private long _changes;
    private long _refused;
    private long _kept;
    private long _stale;
    private long _overwritten;
    private long _notUnderstood;
    private bool _isByForm;

    public async ValueTask DisposeAsync()
    {
        _writer.StandardInput.Close();
        await _writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        _writer.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Change_AnyFileThatAnotherProcessWrites_KeepsItsUpdatesAndEveryByte()
    {
        var count = int.Parse(
            Environment.GetEnvironmentVariable("KM_TEST_CONTENDED_FILES") ?? Usual.ToString(CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture
        );
        var first = count == Usual ? 0 : Random.Shared.Next();
        for (var seed = first; seed != first + count; seed++)
        {
            try
            {
                await TryAsync(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }

        TestContext.Current.SendDiagnosticMessage(
            $"{count} files from seed {first}: {_updates} updates by the other process, 0 lost; {_changes} changes by km, {_refused} refused, "
                + $"{_kept} versions kept beside the file, {_stale} read while km put them back, {_overwritten} taken back by their form, as the other process had written them back; {_notUnderstood} files not understood"
        );
    }

    private async Task TryAsync(int seed)
    {
        var dice = new Dice(seed);
        var generated = GeneratedFile.Make(dice);
        var (file, target) = generated.Put(_home, dice);
        var comment = generated.Client == "cursor" ? "//" : "#";
        var (way, updates) = (dice.Of("append", "overwrite", "replace"), 1 + dice.Number(20));
        _updates += updates;
        var kept = new List<string>();
        _isByForm = false;
        try
        {
            await _writer.StandardInput.WriteLineAsync($"{target}\t{way}\t{comment}\t{updates}".AsMemory());
            await _writer.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            var writing = _writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
            do Change(generated, target, kept);
            while (!writing.IsCompleted);
            Assert.StartsWith("done ", await writing, StringComparison.Ordinal);
            _stale += int.Parse((await writing)!["done ".Length..], CultureInfo.InvariantCulture);
            Check(generated, target, comment, updates, kept);
            Assert.Equal(target != file, new FileInfo(file).LinkTarget is not null);
            Assert.Equal([target], Directory.GetFiles(Path.GetDirectoryName(target)!));
        }
        finally
        {
            File.Delete(file);
            File.Delete(target);
        }
    }

    /// <summary>Puts km in front of what it is not in front of, or takes it away everywhere.</summary>
    private void Change(GeneratedFile generated, string target, List<string> kept)
    {
        try
        {
            var config = _home.Find(generated.Client);
            if (config.Problem is not null)
                Assert.True(generated.IsBroken, config.Problem.Summary);
            else if (config.Entries.Any(entry => entry.IsWrapped))
                Unwrap(config);
            else if (_home.Wrap(generated.Client) is null)
                return;
            _changes += config.Problem is null ? 1 : 0;
        }
        catch (KmException e) when (e.Error.Code == ErrorCode.ConfigBusy)
        {
            _refused++;
        }
        catch (KmException e) when (e.Error.Detail?.Contains(".km-kept-", StringComparison.Ordinal) == true)
        {
            // Both wrote within one moment: the user is told where the earlier version is.
            foreach (var version in Directory.GetFiles(Path.GetDirectoryName(target)!, "*.km-kept-*"))
            {
                kept.Add(File.ReadAllText(version, Encoding.Latin1));
                File.Delete(version);
                _kept++;
            }
        }
        catch (KmException) when (generated.IsBroken)
        {
            // The damage left a valid file with an entry that no editor of ours understands.
        }
    }

    /// <summary>
    /// To the byte where km has a record. It has none where the other process has written back what km had taken away: such an entry gets its
    /// meaning back, and all around it stays as it is.
    /// </summary>
    private void Unwrap(FoundConfig config)
    {
        var wrapped = config.Entries.Where(entry => entry.IsWrapped).Select(entry => entry.Path).ToList();
        if (wrapped.Count == 0)
            return;
        _isByForm |= wrapped.Exists(path => _home.Store.Find(config.Source!.Path, path) is null);
        _home.Writer.Write(FileChange.Unwrap(config, wrapped, _home.Store));
    }

    private void Check(GeneratedFile generated, string target, string comment, int updates, List<string> kept)
    {
        var (now, lost) = Without(File.ReadAllBytes(target));
        Assert.DoesNotContain(lost, update => !kept.Exists(version => version.Contains(update, StringComparison.Ordinal)));
        var config = _home.Find(generated.Client);
        if (config.Problem is not null)
        {
            Assert.Equal(generated.Bytes, now);
            _notUnderstood++;
            return;
        }

        Unwrap(config);
        now = Without(File.ReadAllBytes(target)).Content;
        _overwritten += _isByForm ? 1 : 0;
        if (_isByForm)
            Assert.Equal(Outside(generated.Bytes), Outside(now));
        else
            Assert.Equal(generated.Bytes, now);

        byte[] Outside(byte[] bytes) =>
            TextEdit.Apply(bytes, config.Entries.Select(entry => new TextEdit(config.Parse(bytes).Root.Find(entry.Path)!.Span, [])));

        // Latin-1: each byte is one character, whatever the file is in.
        (byte[] Content, List<string> Missing) Without(byte[] bytes)
        {
            var (text, missing) = (Encoding.Latin1.GetString(bytes), new List<string>());
            for (var number = 0; number < updates; number++)
            {
                var update = string.Create(CultureInfo.InvariantCulture, $"\n{comment} update {number}\n");
                var at = text.IndexOf(update, StringComparison.Ordinal);
                if (at < 0)
                    missing.Add(update);
                else
                    text = text.Remove(at, update.Length);
            }

            return (Encoding.Latin1.GetBytes(text), missing);
        }
    }
}
