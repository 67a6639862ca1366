using Kilometers.Audit;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Output;

public sealed class AuditTableTests
{
    private static readonly AuditEntry Entry = new()
    {
        IsReadable = true,
        Json = "",
        Time = new DateTimeOffset(2026, 1, 2, 4, 4, 5, 678, TimeSpan.FromHours(1)),
        Event = "plugin.denied",
        Decision = AuditDecision.Denied,
        Plugin = "api-logger",
        Version = "1.2.3",
        Code = "PLG_SIG_001",
        Detail = "its signature is invalid",
    };

    [Fact]
    public void Format_Pipe_IsOneLineOfColumnsUnderTheHeader()
    {
        var table = new AuditTable(null, colors: false);
        Assert.Equal("TIME                  EVENT               DECISION  PLUGIN                      DETAIL", table.Header);
        Assert.Equal(
            "2026-01-02 03:04:05Z  plugin.denied       denied    api-logger 1.2.3            PLG_SIG_001  its signature is invalid",
            table.Format(Entry)
        );
    }

    [Fact]
    public void Format_PipeAndLongTexts_LosesNothing()
    {
        var entry = Entry with { Event = new string('e', 40), Plugin = new string('p', 60), Detail = new string('d', 2000) };
        Assert.Equal(
            $"2026-01-02 03:04:05Z  {entry.Event}  denied    {entry.Plugin} 1.2.3  PLG_SIG_001  {entry.Detail}",
            new AuditTable(null, colors: false).Format(entry)
        );
    }

    [Fact]
    public void Format_WideTerminal_IsCutAtItsEdge()
    {
        var line = new AuditTable(110, colors: false).Format(Entry with { Event = new string('e', 40), Detail = new string('d', 100) });
        Assert.Equal(
            $"2026-01-02 03:04:05Z  {new string('e', 17)}…  denied    api-logger 1.2.3            PLG_SIG_001  {new string('d', 16)}…",
            line
        );
        Assert.Equal(110, line.Length);
    }

    [Fact]
    public void Format_NarrowTerminal_PutsTheDetailBelow()
    {
        var table = new AuditTable(80, colors: false);
        Assert.Equal("TIME                  EVENT               DECISION  PLUGIN", table.Header);
        Assert.Equal(
            "2026-01-02 03:04:05Z  plugin.denied       denied    api-logger 1.2.3\n                      PLG_SIG_001  its signature is invalid",
            table.Format(Entry)
        );
        Assert.Equal(
            "2026-01-02 03:04:05Z  plugin.denied       denied    api-logger 1.2.3",
            table.Format(Entry with { Code = null, Detail = null })
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(45)]
    [InlineData(79)]
    [InlineData(81)]
    [InlineData(200)]
    public void Format_AnyWidth_IsKept(int width)
    {
        var entry = Entry with
        {
            Event = "😀" + new string('e', 40),
            Plugin = new string('p', 60),
            Detail = string.Concat(Enumerable.Repeat("😀", 200)),
        };
        var table = new AuditTable(width, colors: false);
        foreach (
            var line in $"{table.Header}\n{table.Format(entry)}\n{table.Format(Entry)}\n{table.Format(new AuditEntry { Json = "" })}".Split(
                '\n'
            )
        )
        {
            Assert.InRange(line.Length, 1, width);
            Assert.All(line.EnumerateRunes(), rune => Assert.NotEqual(System.Text.Rune.ReplacementChar, rune));
        }
    }

    [Theory]
    [InlineData(AuditDecision.Allowed, "\u001b[32mallowed\u001b[0m ")]
    [InlineData(AuditDecision.Denied, "\u001b[31mdenied\u001b[0m  ")]
    [InlineData(AuditDecision.Info, "\u001b[2minfo\u001b[0m    ")]
    public void Format_Colors_AreThoseOfTheDecisionOnly(AuditDecision decision, string cell) =>
        Assert.Equal(
            $"2026-01-02 03:04:05Z  plugin.denied       {cell}  api-logger 1.2.3            PLG_SIG_001  its signature is invalid",
            new AuditTable(200, colors: true).Format(Entry with { Decision = decision })
        );

    [Fact]
    public void Format_Unreadable_SaysSo()
    {
        var entry = new AuditEntry { Json = "\u001b[2J" };
        Assert.Equal("(this line is not a record; see: km audit verify)", new AuditTable(null, colors: false).Format(entry));
        Assert.Equal(
            "\u001b[31m(this line is not a record; see: km audit verify)\u001b[0m",
            new AuditTable(100, colors: true).Format(entry)
        );
    }
}
