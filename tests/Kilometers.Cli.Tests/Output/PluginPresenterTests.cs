using System.Text;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;

namespace Kilometers.Cli.Tests.Output;

public sealed class PluginPresenterTests : IDisposable
{
    /// <summary>Long enough for any machine: these writers always end.</summary>
    private static readonly TimeSpan TestTimeout = TimeSpan.FromMinutes(1);
    private readonly MemoryStream _stream = new();
    private readonly StandardError _errors;
    private readonly PluginPresenter _presenter;

    public PluginPresenterTests()
    {
        _errors = new StandardError(_stream, isTerminal: false) { FlushLimit = TestTimeout };
        _presenter = new PluginPresenter(_errors, quiet: false);
    }

    public void Dispose() => _errors.Dispose();

    [Fact]
    public void Output_PiecesOfLines_AreShownWhenTheLineIsWhole()
    {
        Output("a", "one ");
        Output("a", "line\nand ");
        Output("a", "another");
        Output("a", "\n\nlast\r\nunfinished");
        Assert.Equal("[a] one line\n[a] and another\n[a] \n[a] last\n", Shown());
    }

    [Fact]
    public void Output_TwoPlugins_NeverShareALine()
    {
        Output("a", "aaa");
        Output("b", "bbb\nb");
        Output("a", "AAA\n");
        Output("b", "BB\n");
        Assert.Equal("[b] bbb\n[a] aaaAAA\n[b] bBB\n", Shown());
    }

    [Theory]
    [InlineData("\u001b]52;c;cm0gLXJmIH4=\u0007")]
    [InlineData("\u001b[2J\u001b[H")]
    [InlineData("\u009b2J")]
    [InlineData("text\r✓ km: everything verified")]
    [InlineData("\b\b\b\b✓ km")]
    [InlineData("\u202ekcoc\u202c")]
    public void Output_ControlSequence_DoesNotReachTheTerminal(string text)
    {
        Output("a", text + "\n");
        Log("a", PluginLogLevel.Warning, text);
        var lines = Shown().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("[a] ", line, StringComparison.Ordinal));
        Assert.All(lines, line =>
            Assert.DoesNotContain(line, c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format)
        );
    }

    [Fact]
    public void Output_InvalidUtf8_IsShownAsReplacements()
    {
        _presenter.Output("a", [0xff, (byte)'x', (byte)'\n']);
        Assert.Equal("[a] \ufffdx\n", Shown());
    }

    [Fact]
    public void Output_LineWithoutEnd_IsCutAndMemoryStaysBounded()
    {
        for (var i = 0; i < 100; i++)
            Output("a", new string('x', 1000));
        var lines = Shown().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.InRange(lines[0].Length, 64 * 1024, 66 * 1024);
        Assert.Equal("", lines[1]);
    }

    [Theory]
    [InlineData("km", "[plugin km] 3 messages, nothing dropped")]
    [InlineData("PluginHandler", "[plugin PluginHandler] 3 messages, nothing dropped")]
    [InlineData("my-plugin", "[my-plugin] 3 messages, nothing dropped")]
    public void Output_PluginCalledLikeKm_IsMarkedAsAPlugin(string plugin, string line)
    {
        Output(plugin, "3 messages, nothing dropped\n");
        Assert.Equal(line + "\n", Shown());
    }

    [Fact]
    public void Log_Lines_AllNameTheirPlugin()
    {
        Log("my-plugin", PluginLogLevel.Warning, "it is late\n✓ km: everything verified");
        Assert.Equal("[my-plugin] WARNING it is late\n[my-plugin] ✓ km: everything verified\n", Shown());
    }

    [Fact]
    public void Warn_Error_IsShownThoughQuiet()
    {
        new PluginPresenter(_errors, quiet: true).Warn(new KmError("PLG_RUN_005", "It crashed", "signal 9", "Restart it."));
        Assert.Equal("⚠️  It crashed [PLG_RUN_005]\n   signal 9\n💡 Restart it.\n", Shown());
    }

    [Fact]
    public void Log_BelowAWarning_IsForTheAuthorAlone()
    {
        Log("my-plugin", PluginLogLevel.Information, "started");
        Assert.Equal("", Shown());
    }

    private void Log(string plugin, PluginLogLevel level, string text) =>
        _presenter.Log(plugin, new PluginLogEntry(level, text, null, new Dictionary<string, string>(), text));

    private void Output(string plugin, string text) => _presenter.Output(plugin, Encoding.UTF8.GetBytes(text));

    private string Shown()
    {
        _errors.Dispose();
        return Encoding.UTF8.GetString(_stream.ToArray());
    }
}
