using System.Text.Json;

namespace Kilometers.Ui.Recorded;

/// <summary>The keys of the sessions that run now, as km tells: only it can ask them.</summary>
internal sealed class RunningSessions
{
    private HashSet<string> _keys = [];

    /// <summary>The newest that is known.</summary>
    public IReadOnlySet<string> Keys => Volatile.Read(ref _keys);

    /// <summary>Takes a line of km: <c>{"running":["KEY",…]}</c>. What is not understood is left out.</summary>
    /// <returns>Whether something changed.</returns>
    public bool Take(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("running", out var running))
                return false;
            HashSet<string> keys =
            [
                .. running.EnumerateArray().Where(key => key.ValueKind == JsonValueKind.String).Select(key => key.GetString()!),
            ];
            if (keys.SetEquals(_keys))
                return false;
            Volatile.Write(ref _keys, keys);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
