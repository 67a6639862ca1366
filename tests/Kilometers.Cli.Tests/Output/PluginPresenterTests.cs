using System.Text;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Tests.Output;

public sealed class PluginPresenterTests : IDisposable
{
    private readonly MemoryStream _stream = new();
    private readonly StandardError _errors;
    private readonly PluginPresenter _presenter;

    public PluginPresenterTests()
    {
        _errors = new StandardError(_stream, isTerminal: false);
        _presenter = new PluginPresenter(_errors, quiet: false);
    }

    public void Dispose() => _errors.Dispose();

    [Fact]
    public void Output_PiecesOfLines_AreShownWhenTheLineIsWhole()
    {
        Output("a", "one ");
        Output("a", "line\nand ");
        Output("a", "another");
        Output("a", "\n\nlast\nunfinished");
        Assert.Equal("one line\nand another\n\nlast\n", Shown());
    }

    [Fact]
    public void Output_TwoPlugins_NeverShareALine()
    {
        Output("a", "aaa");
        Output("b", "bbb\nb");
        Output("a", "AAA\n");
        Output("b", "BB\n");
        Assert.Equal("bbb\naaaAAA\nbBB\n", Shown());
    }

    [Fact]
    public void Output_InvalidUtf8AndControlBytes_AreShownAsTheyAre()
    {
        _presenter.Output("a", [0xff, 0x1b, (byte)'[', 0xc3, (byte)'\n']);
        _errors.Dispose();
        Assert.Equal([0xff, 0x1b, (byte)'[', 0xc3, (byte)'\n'], _stream.ToArray());
    }

    [Fact]
    public void Output_LineWithoutEnd_IsCutAndMemoryStaysBounded()
    {
        for (var i = 0; i < 100; i++) Output("a", new string('x', 1000));
        var lines = Shown().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.InRange(lines[0].Length, 64 * 1024, 66 * 1024);
        Assert.Equal("", lines[1]);
    }

    [Fact]
    public void Log_Line_NamesItsPlugin()
    {
        _presenter.Log("my-plugin", "WARNING it is late");
        Assert.Equal("[my-plugin] WARNING it is late\n", Shown());
    }

    [Fact]
    public void Warn_Error_IsShownThoughQuiet()
    {
        new PluginPresenter(_errors, quiet: true).Warn(new KmError("PLG_RUN_005", "It crashed", "signal 9", "Restart it."));
        Assert.Equal("⚠️  It crashed [PLG_RUN_005]\n   signal 9\n💡 Restart it.\n", Shown());
    }

    private void Output(string plugin, string text) => _presenter.Output(plugin, Encoding.UTF8.GetBytes(text));

    private string Shown()
    {
        _errors.Dispose();
        return Encoding.UTF8.GetString(_stream.ToArray());
    }
}
