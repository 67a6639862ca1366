using System.Text.Json;
using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Contracts;

namespace Kilometers.Api.Events.Ingest;

/// <summary>Reads the body of <c>POST /api/events/batch</c>.</summary>
internal sealed class BatchReader(EventOptions options, TimeProvider time)
{
    private const int MaxDepth = 16;
    private const int MaxText = 256;

    /// <summary>Reads a batch.</summary>
    /// <returns>One reading per event, in their order; at least one.</returns>
    /// <exception cref="KmException"><c>API_REQ_001</c>: the batch itself is malformed; <c>API_REQ_002</c>: it has too many events.</exception>
    public IReadOnlyList<ItemReading> Read(ReadOnlyMemory<byte> body, Caller caller)
    {
        try
        {
            using var document = JsonDocument.Parse(WrittenText.WithoutMark(body), new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw IngestErrors.Invalid("The body is not an object.");
            RequireDistinct(root);
            RequireText(root, "correlationId");
            RequireText(root, "cliVersion");
            RequireText(root, "batchTimestamp");
            if (!root.TryGetProperty("events", out var events) || events.ValueKind != JsonValueKind.Array)
                throw IngestErrors.Invalid("events is not an array.");
            var count = events.GetArrayLength();
            if (count == 0)
                throw IngestErrors.Invalid("events is empty.");
            if (count > options.MaximumBatchEvents)
                throw new KmException(
                    new KmError(
                        ErrorCode.ApiRequestTooLarge,
                        "The batch is too large",
                        $"A batch has at most {options.MaximumBatchEvents} events.",
                        "Send fewer events at once"
                    )
                );
            return ReadItems(events, count, caller);
        }
        catch (JsonException e)
        {
            throw IngestErrors.Invalid($"The body is not JSON: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            throw IngestErrors.Invalid("A name or a string is not Unicode.");
        }
    }

    private List<ItemReading> ReadItems(JsonElement events, int count, Caller caller)
    {
        var now = time.GetUtcNow();
        var reader = new ItemReader(options, now.AddDays(-options.DaysOf(caller.Tier)), now + options.Ahead);
        var readings = new List<ItemReading>(count);
        foreach (var element in events.EnumerateArray())
            readings.Add(reader.Read(element));
        return readings;
    }

    /// <summary>Of two members of one name, each reader would believe another one.</summary>
    private static void RequireDistinct(JsonElement root)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
            if (!names.Add(member.Name))
                throw IngestErrors.Invalid($"{Shown(member.Name)} is there twice.");

        static string Shown(string name) => name.Length <= MaxText ? name : "A long name";
    }

    private static void RequireText(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
            throw IngestErrors.Invalid($"{name} is not a string.");
        if (value.GetString()!.Length > MaxText)
            throw IngestErrors.Invalid($"{name} has more than {MaxText} characters.");
    }
}
