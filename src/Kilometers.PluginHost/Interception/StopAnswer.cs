using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kilometers.Link.Holding;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.PluginHost.Interception;

/// <summary>Writes what a client gets in the server's place.</summary>
internal static class StopAnswer
{
    /// <summary>It goes to programs and people, and into no web page.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers all requests of a line, none of which the server gets.</summary>
    /// <param name="line">The line.</param>
    /// <param name="rulings">What was decided about each of its calls; null: nothing. At least one stops it.</param>
    /// <returns>A line with its end; empty where nothing in it waits for an answer.</returns>
    public static byte[] Write(HeldLine line, IReadOnlyList<Ruling?> rulings)
    {
        var output = new ArrayBufferWriter<byte>();
        var first = rulings.First(ruling => ruling is { Stops: true })!;
        using (var json = new Utf8JsonWriter(output, Plain))
        {
            if (line.Problem is not null)
                WriteError(json, "null", first);
            else
            {
                var answered = line.Calls.Zip(rulings).Where(pair => pair.First.Envelope.Kind == JsonRpcKind.Request).ToList();
                if (answered.Count == 0)
                    return [];
                if (line.IsBatch)
                    json.WriteStartArray();
                foreach (var (call, ruling) in answered)
                    WriteOne(json, call, ruling is { Stops: true } ? ruling : first with { IsOfBatch = true, Replaces = false });
                if (line.IsBatch)
                    json.WriteEndArray();
            }
        }

        output.Write("\n"u8);
        return output.WrittenSpan.ToArray();
    }

    private static void WriteOne(Utf8JsonWriter json, HeldCall call, Ruling ruling)
    {
        // A tool's result is what the model reads; the call of another method, or one that makes a task, has no such form.
        if (ruling.Replaces && call.Envelope.Method == "tools/call" && !call.WantsTask)
            WriteResult(json, call, ruling);
        else
            WriteError(json, call.Envelope.Id!, ruling);
    }

    private static void WriteResult(Utf8JsonWriter json, HeldCall call, Ruling ruling)
    {
        Begin(json, call.Envelope.Id!);
        json.WriteStartObject("result");
        if (call.IsModern)
            json.WriteString("resultType", "complete");
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", ruling.Message);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteBoolean("isError", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, string id, Ruling ruling)
    {
        Begin(json, id);
        json.WriteStartObject("error");
        json.WriteNumber("code", HoldChannel.AnswerCode);
        json.WriteString("message", ruling.Message);
        json.WriteStartObject("data");
        json.WriteString("code", ruling.Code);
        json.WriteString("plugin", ruling.Plugin);
        json.WriteString("reason", ruling.Reason);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        json.WriteRawValue(id);
    }
}
