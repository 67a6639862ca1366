using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Kilometers.Cli.Output;

/// <summary>What commands show on standard output: tables that fit the terminal, or JSON. Colours only on terminals, and not under NO_COLOR.</summary>
internal sealed class Screen
{
    /// <summary>Where nobody looks at columns, nothing is wrapped.</summary>
    private const int WidthOfPipe = 240;
    private TextWriter _output;
    private IAnsiConsole _console;

    public Screen()
        : this(System.Console.Out, System.Console.IsOutputRedirected) { }

    internal Screen(TextWriter output, bool isRedirected)
    {
        _output = output;
        IsTerminal = !isRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        IsAscii = TerminalText.IsAsciiOnly(!isRedirected);
        Colors =
            !isRedirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        _console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(output),
                Ansi = isRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb" ? AnsiSupport.No : AnsiSupport.Detect,
                Interactive = InteractionSupport.No,
            }
        );
        if (isRedirected)
            _console.Profile.Width = WidthOfPipe;
        else
            Width = _console.Profile.Width;
    }

    /// <summary>The terminal's columns; null where it is none, and nothing need be cut.</summary>
    public int? Width { get; }

    public bool Colors { get; }

    /// <summary>Whether what is written can be written over.</summary>
    public bool IsTerminal { get; }

    /// <summary>Whether it shows nothing but ASCII.</summary>
    public bool IsAscii { get; }

    /// <summary>What stands where something was cut.</summary>
    public string Ellipsis => IsAscii ? "..." : "…";

    /// <summary>The terminal's size now, which may change while something is watched; no width where it is none.</summary>
    public (int? Width, int Height) Size() =>
        IsTerminal ? (System.Console.WindowWidth, System.Console.WindowHeight) : (Width, int.MaxValue);

    /// <summary>From now on it writes there, as to the terminal: a pager.</summary>
    public void SendTo(TextWriter pager)
    {
        _output = pager;
        _console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(pager),
                Ansi = Colors ? AnsiSupport.Yes : AnsiSupport.No,
                Interactive = InteractionSupport.No,
            }
        );
        _console.Profile.Width = Width ?? WidthOfPipe;
    }

    public void WriteLine(string text) => _output.WriteLine(text);

    /// <summary>A table without lines: it can be read and cut.</summary>
    public void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.None };
        if (headers.All(header => header.Length == 0))
            table.HideHeaders();
        foreach (var header in headers)
            table.AddColumn(
                new TableColumn(new Text(header, new Style(decoration: Decoration.Bold))) { Padding = new Padding(0, 0, 2, 0) }
            );
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(TerminalText.Line(cell))));
        _console.Write(table);
    }

    /// <summary>A table whose columns matter differently, as lines: see <see cref="ColumnTable"/>.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">As many cells each.</param>
    public IReadOnlyList<string> Format(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<Cell>> rows) =>
        ColumnTable.Format(columns, rows, 0, Width, Colors, Ellipsis);

    /// <summary>Data, in characters that people read: only what could act on a terminal is escaped.</summary>
    public void Json<T>(T value, JsonTypeInfo<T> type)
    {
        var options = new JsonWriterOptions
        {
            Indented = type.Options.WriteIndented,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
            JsonSerializer.Serialize(writer, value, type);
        foreach (var line in Encoding.UTF8.GetString(buffer.WrittenSpan).Split('\n'))
            _output.WriteLine(TerminalText.Json(line, IsAscii));
    }
}
