using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;
using Kilometers.Clients.Syntax;
using Kilometers.Clients.Tests.Generation;
using Kilometers.Contracts;

namespace Kilometers.Clients.Tests.Changes;

/// <summary>
/// Whatever a file looks like: km changes the entries that it is to change and no other byte, and takes that back to the byte. Or it
/// refuses with a place, and leaves the file alone.
/// </summary>
public sealed partial class GeneratedFileTests : IDisposable
{
    /// <summary>How many files; KM_TEST_CONFIG_FILES sets another number.</summary>
    private const int Usual = 600;

    private readonly ClientHome _home = new();
    private int _wrapped;
    private int _refused;

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Wrap_AnyFile_ChangesTheEntriesAndNothingElseAndUnwrapRestoresEveryByte()
    {
        var count = int.Parse(
            Environment.GetEnvironmentVariable("KM_TEST_CONFIG_FILES") ?? Usual.ToString(CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture
        );
        var first = count == Usual ? 0 : Random.Shared.Next();
        for (var seed = first; seed != first + count; seed++)
        {
            try
            {
                Try(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }

        // The files must be worth it.
        Assert.InRange(_wrapped, count, int.MaxValue);
        Assert.InRange(_refused, count / 50, count / 4);
        TestContext.Current.SendDiagnosticMessage($"{count} files from seed {first}: {_wrapped} entries, {_refused} files refused");
    }

    private void Try(int seed)
    {
        var dice = new Dice(seed);
        var generated = GeneratedFile.Make(dice);
        var (file, target) = generated.Put(_home, dice);
        var mode = dice.Of(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            UnixFileMode.UserRead,
            UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite | UnixFileMode.GroupWrite
        );
        File.SetUnixFileMode(target, mode);
        try
        {
            Run(dice, generated, target);
            Assert.Equal(mode, File.GetUnixFileMode(target));
            Assert.Equal(target != file, new FileInfo(file).LinkTarget is not null);
            Assert.Equal(["elsewhere.txt"], Directory.GetFiles(_home.Folder).Select(Path.GetFileName).Append("elsewhere.txt").Distinct());
        }
        finally
        {
            File.Delete(file);
            File.Delete(target);
        }
    }

    private void Run(Dice dice, GeneratedFile generated, string target)
    {
        var (client, original, isBroken, servers) = generated;
        var before = _home.Find(client);
        if (before.Problem is { } problem)
        {
            Assert.True(isBroken, problem.Summary);
            Assert.Matches(Place(), problem.Summary);
            Assert.Equal(original, File.ReadAllBytes(target));
            _refused++;
            return;
        }

        if (!isBroken)
            Assert.Equal(
                servers.Select(server => server.Name).Order(StringComparer.Ordinal),
                before
                    .Entries.Where(entry => entry.State == EntryState.NotWrapped)
                    .Select(entry => entry.Name)
                    .Order(StringComparer.Ordinal)
            );
        var chosen = before.Entries.Where(entry => entry.State == EntryState.NotWrapped && dice.Chance(80)).ToList();
        if (chosen.Count == 0)
            return;
        try
        {
            _home.Writer.Write(FileChange.Wrap(before, [.. chosen.Select(entry => entry.Path)]));
            _wrapped += chosen.Count;
        }
        catch (KmException e) when (isBroken && e.Error.Code == ErrorCode.ConfigNotUnderstood)
        {
            // The damage left a valid file with an entry that no editor of ours understands.
            Assert.Matches(Place(), e.Error.Summary);
            Assert.Equal(original, File.ReadAllBytes(target));
            _refused++;
            return;
        }

        var after = _home.Find(client);
        Assert.Null(after.Problem);
        foreach (var entry in after.Entries)
        {
            var old = before.Entries.Single(one => one.Name == entry.Name);
            Assert.Equal(chosen.Contains(old) ? old.Through(_home.Km) : old.Command?.Words ?? [], entry.Command?.Words ?? []);
            Assert.Equal(chosen.Contains(old) ? null : old.Address?.Text, entry.Address?.Text);
        }

        Assert.Equal(
            Outside(before.Document!, chosen),
            Outside(after.Document!, after.Entries.Where(entry => chosen.Exists(one => one.Name == entry.Name)))
        );
        if (before.Document!.Format == ConfigFormat.Json)
            CheckWithAnotherParser(before.Document, after.Document!, chosen);

        _home.Writer.Write(FileChange.Unwrap(after, [.. chosen.Select(entry => entry.Path)], _home.Store));
        Assert.Equal(original, File.ReadAllBytes(target));
    }

    /// <summary>The bytes that are in none of the entries.</summary>
    private static byte[] Outside(ConfigDocument document, IEnumerable<ServerEntry> entries) =>
        TextEdit.Apply(document.Bytes, entries.Select(entry => new TextEdit(entry.Node.Span, [])));

    private void CheckWithAnotherParser(ConfigDocument before, ConfigDocument after, IReadOnlyList<ServerEntry> chosen)
    {
        var (old, now) = (Parse(before), Parse(after));
        foreach (var entry in chosen)
        {
            var (one, other) = (
                old.GetProperty("mcpServers").GetProperty(entry.Name),
                now.GetProperty("mcpServers").GetProperty(entry.Name)
            );
            Assert.Equal(_home.KmPath, other.GetProperty("command").GetString());
            Assert.Equal(entry.Through(_home.Km).Skip(1), other.GetProperty("args").EnumerateArray().Select(word => word.GetString()));
            if (entry.Address is null)
            {
                var args =
                    one.TryGetProperty("args", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToList() : [];
                Assert.Equal(entry.Command!.Words, args.Select(word => word.GetString()).Prepend(one.GetProperty("command").GetString()));
                continue;
            }

            Assert.False(other.TryGetProperty("url", out _));
            Assert.Equal(Values(one, "headers"), Values(other, "env"));
            Assert.Equal(
                Values(one, "headers").Select(header => $"{header.Name}=MCP_HEADER_{header.Name}"),
                entry.Through(_home.Km).Where(word => word.Contains("=MCP_HEADER_", StringComparison.Ordinal))
            );
        }

        // Without headers, the variables are the server's own from before.
        IEnumerable<(string Name, string? Value)> Values(JsonElement server, string name) =>
            server.TryGetProperty(name, out var values)
                ? values
                    .EnumerateObject()
                    .Where(value => name == "headers" || value.Name.StartsWith("MCP_HEADER_", StringComparison.Ordinal))
                    .Select(value => (value.Name.Replace("MCP_HEADER_", "", StringComparison.Ordinal), value.Value.GetString()))
                : [];

        static JsonElement Parse(ConfigDocument document) =>
            JsonDocument
                .Parse(
                    CommentOrText()
                        .Replace(Encoding.UTF8.GetString(document.Bytes).TrimStart('\ufeff'), found =>
                            found.Value[0] == '/' ? " " : found.Value
                        ),
                    new JsonDocumentOptions { AllowTrailingCommas = true }
                )
                .RootElement;
    }

    [GeneratedRegex(@"//[^\r\n]*|/\*.*?\*/|""(\\.|[^""\\])*""", RegexOptions.Singleline)]
    private static partial Regex CommentOrText();

    [GeneratedRegex(@":\d+:\d+: ")]
    private static partial Regex Place();
}
