using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kilometers.Contracts;

namespace Kilometers.Cli.Output;

/// <summary>What a command that failed prints on standard output under <c>--json</c>, besides the words on standard error.</summary>
internal static class ErrorData
{
    /// <summary>Prints it, if the arguments ask for JSON.</summary>
    /// <param name="arguments">Those of the program.</param>
    /// <param name="error">What failed.</param>
    public static void Print(IReadOnlyList<string> arguments, KmError error)
    {
        if (arguments.Contains("--json"))
            Console.Out.WriteLine(Format(error));
    }

    /// <summary>The error as JSON, with readable characters: it is never part of a page.</summary>
    public static string Format(KmError error)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (
            var writer = new Utf8JsonWriter(
                buffer,
                new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
            )
        )
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error");
            writer.WriteString("code", error.Code);
            writer.WriteString("summary", error.Summary);
            if (error.Detail is not null)
                writer.WriteString("detail", error.Detail);
            if (error.Hint is not null)
                writer.WriteString("hint", error.Hint);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
