using System.Text.Json;
using Kilometers.Recordings;
using Kilometers.Transcripts.Comparing;
using Kilometers.Transcripts.Conversations;

namespace Kilometers.Transcripts.Replaying;

/// <summary>
/// Finds the script of a message by its method and its normalised parameters. The same question again gets the next recorded answer to it,
/// and the last one from then on. A masked value in the recording stands for any value.
/// </summary>
internal sealed class ReplayBook
{
    /// <summary>More recorded requests are not compared to find the nearest.</summary>
    private const int MaxCompared = 2000;

    private readonly Dictionary<string, Shelf> _exact = [];
    private readonly Dictionary<string, List<ReplayScript>> _masked = [];
    private readonly HashSet<ReplayScript> _used = [];

    /// <param name="messages">What was recorded, in order.</param>
    public ReplayBook(IEnumerable<RecordedMessage> messages)
    {
        var scripts = ReplayScript.Of(messages);
        Start = scripts[0];
        Requests = [.. scripts.Where(script => script.Trigger?.Kind == RecordedKind.Request)];
        foreach (var script in scripts.Skip(1).Where(IsKnown))
        {
            if (HasMaskedParameters(script))
                Add(_masked, script.Trigger!.Method, script);
            else
                Shelve(Key(script.Trigger!.Method, script.Trigger.Kind, script.Parameters), script);
        }
    }

    /// <summary>What the server did before the client said anything.</summary>
    public ReplayScript Start { get; }

    /// <summary>Those of requests.</summary>
    public IReadOnlyList<ReplayScript> Requests { get; }

    /// <summary>How many recorded requests were asked for.</summary>
    public int Used => _used.Count;

    /// <returns>Null if nothing like it was recorded.</returns>
    public ReplayScript? Take(string method, RecordedKind kind, JsonElement? parameters)
    {
        if (_exact.TryGetValue(Key(method, kind, parameters), out var shelf))
            return Use(shelf.Next());
        if (!_masked.TryGetValue(method, out var scripts))
            return null;
        var fitting = scripts.Where(script =>
            script.Trigger!.Kind == kind && JsonDifferences.Of(Or(script.Parameters), Or(parameters), masked: true).Count == 0
        );
        ReplayScript? last = null;
        foreach (var script in fitting)
        {
            last = script;
            if (!_used.Contains(script))
                break;
        }

        return last is null ? null : Use(last);
    }

    /// <summary>The recorded request of that method that differs least, and where.</summary>
    public (ReplayScript Script, IReadOnlyList<JsonDifference> Differences)? Nearest(string method, JsonElement? parameters) =>
        Requests
            .Where(script => script.Trigger!.Method == method && script.IsReadable)
            .Take(MaxCompared)
            .Select(script => (Script: script, Differences: JsonDifferences.Of(Or(script.Parameters), Or(parameters), masked: true)))
            .OrderBy(pair => pair.Differences.Any(difference => difference.Path == "name"))
            .ThenBy(pair => pair.Differences.Count)
            .Cast<(ReplayScript, IReadOnlyList<JsonDifference>)?>()
            .FirstOrDefault();

    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    private static JsonElement Or(JsonElement? parameters) => parameters is { ValueKind: not JsonValueKind.Null } value ? value : Nothing;

    /// <summary>Who connects, and which notifications come with which details, differs from client to client.</summary>
    private static bool IsByMethod(string method, RecordedKind kind) => method == "initialize" || kind == RecordedKind.Notification;

    private static bool IsKnown(ReplayScript script) => script.IsReadable || IsByMethod(script.Trigger!.Method, script.Trigger.Kind);

    private static bool HasMaskedParameters(ReplayScript script) =>
        !IsByMethod(script.Trigger!.Method, script.Trigger.Kind)
        && script.Parameters is { } parameters
        && JsonDifferences.IsMasked(System.Text.Encoding.UTF8.GetBytes(parameters.GetRawText()));

    private static string Key(string method, RecordedKind kind, JsonElement? parameters) =>
        IsByMethod(method, kind) ? $"{kind} {method}" : $"{kind} {method} {NormalJson.OfParameters(parameters)}";

    private void Shelve(string key, ReplayScript script)
    {
        if (!_exact.TryGetValue(key, out var shelf))
            _exact[key] = shelf = new Shelf();
        shelf.Scripts.Add(script);
    }

    private static void Add(Dictionary<string, List<ReplayScript>> lists, string key, ReplayScript script)
    {
        if (!lists.TryGetValue(key, out var list))
            lists[key] = list = [];
        list.Add(script);
    }

    private ReplayScript Use(ReplayScript script)
    {
        if (script.Trigger!.Kind == RecordedKind.Request)
            _used.Add(script);
        return script;
    }

    /// <summary>Recorded messages that say the same, in order.</summary>
    private sealed class Shelf
    {
        private int _next;

        public List<ReplayScript> Scripts { get; } = [];

        public ReplayScript Next() => Scripts[Math.Min(_next++, Scripts.Count - 1)];
    }
}
