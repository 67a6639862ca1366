using System.Diagnostics;
using System.Globalization;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Otel.Operations;

namespace Kilometers.Plugins.Otel;

/// <summary>
/// Reports one session by the OpenTelemetry conventions for MCP: https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/ (in development; the
/// names are those of semantic-conventions-genai 0.1.0).
/// </summary>
internal sealed class SessionReport
{
    private const string Stateless = "2026-07-28";
    private const string ToolCall = "tools/call";

    private readonly Pipeline _pipeline;
    private readonly OtelSettings _settings;
    private readonly SessionInfo _session;
    private readonly Activity? _root;
    private string _transport = "pipe";
    private string _version = "";
    private string _error = "";
    private DateTimeOffset _last;

    /// <param name="pipeline">The service's.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="session">The session.</param>
    public SessionReport(Pipeline pipeline, OtelSettings settings, SessionInfo session)
    {
        (_pipeline, _settings, _session, _last) = (pipeline, settings, session, session.StartedAt);
        _root = pipeline.Begin("mcp.session", ActivityKind.Internal, default, [], [], session.StartedAt);
    }

    /// <summary>Takes what an event says of the session.</summary>
    public void Add(StreamEvent occurrence)
    {
        _last = occurrence.Time;
        switch (occurrence.Type)
        {
            case StreamEventType.SessionStarted:
                _transport = occurrence.Data.GetValueOrDefault("transport") == "http" ? "tcp" : "pipe";
                break;
            case StreamEventType.SessionInitialized:
                _version = occurrence.Data.GetValueOrDefault("protocolVersion") ?? "";
                _root?.SetTag("mcp.client.name", occurrence.Data.GetValueOrDefault("clientName"));
                break;
            case StreamEventType.ServerExited when occurrence.Data.GetValueOrDefault("code") is { } code and not "0":
                _error = $"exit_{code}";
                break;
        }
    }

    /// <summary>Reports an operation.</summary>
    public void Add(Operation operation, Outcome outcome)
    {
        _last = outcome.End;

        // What the client asks is the server's work, and the other way round; of each side the plugin stands for one.
        var isServer = operation.IsFromClient == (_settings.Role == Role.Server);
        var duration = outcome.End > operation.Start ? outcome.End - operation.Start : TimeSpan.Zero;
        var tags = TagsOf(operation, outcome);
        _pipeline.Count(isServer, duration, tags);
        var own = _root?.Context ?? default;
        var hasParent = operation.Parent.TraceId != default;
        var parent = hasParent ? operation.Parent : own;
        if (!IsKept(parent, hasParent, outcome, duration))
            return;
        using var span = _pipeline.Begin(
            TargetOf(operation) is { Length: > 0 } target ? $"{operation.Method} {target}" : operation.Method,
            isServer ? ActivityKind.Server : ActivityKind.Client,
            parent,
            [.. tags, .. DetailsOf(operation, outcome)],
            hasParent && own.TraceId != default ? [new ActivityLink(own)] : [],
            operation.Start
        );
        if (outcome.Error.Length > 0)
            span?.SetStatus(ActivityStatusCode.Error);
        span?.SetEndTime(outcome.End.UtcDateTime);
    }

    /// <summary>The session is over.</summary>
    public void Finish()
    {
        var tags = new TagList { { "network.transport", _transport } };
        AddVersion(ref tags, _version);
        if (_error.Length > 0)
            tags.Add("error.type", _error);
        _pipeline.CountSession(_last - _session.StartedAt, tags);
        if (_root is null)
            return;
        foreach (var (name, value) in tags)
            _root.SetTag(name, value);
        _root.SetTag("mcp.session.id", _version == Stateless ? null : _session.Id);
        if (!IsSampled(_root.Context))
            _root.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        _root.SetEndTime(_last.UtcDateTime);
        _root.Dispose();
    }

    /// <summary>Failures and slow ones are kept in any case; else a trace that began elsewhere is as it was decided there.</summary>
    private bool IsKept(ActivityContext parent, bool isRemote, Outcome outcome, TimeSpan duration)
    {
        if (outcome.Error.Length > 0 || (_settings.KeepSlow is { } slow && duration >= slow))
            return true;
        return isRemote ? parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) : IsSampled(parent);
    }

    /// <summary>By the trace's id, as all who sample by a ratio decide: the whole trace or nothing of it.</summary>
    private bool IsSampled(ActivityContext context)
    {
        if (_settings.Sample >= 1)
            return true;
        var id =
            ulong.Parse(context.TraceId.ToHexString().AsSpan(16), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & long.MaxValue;
        return id < _settings.Sample * long.MaxValue;
    }

    /// <summary>What spans and metrics have in common.</summary>
    private TagList TagsOf(Operation operation, Outcome outcome)
    {
        var tags = new TagList { { "mcp.method.name", operation.Method }, { "network.transport", _transport } };
        AddVersion(ref tags, operation.Version.Length > 0 ? operation.Version : _version);
        if (TargetOf(operation) is { Length: > 0 } target)
            tags.Add(operation.Method == ToolCall ? "gen_ai.tool.name" : "gen_ai.prompt.name", target);
        if (operation.Method == ToolCall)
            tags.Add("gen_ai.operation.name", "execute_tool");
        if (outcome.Error.Length == 0)
            return tags;
        tags.Add("error.type", outcome.Error);
        if (int.TryParse(outcome.Error, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            tags.Add("rpc.response.status_code", outcome.Error);
        return tags;
    }

    /// <summary>What only spans have.</summary>
    private IEnumerable<KeyValuePair<string, object?>> DetailsOf(Operation operation, Outcome outcome)
    {
        var version = operation.Version.Length > 0 ? operation.Version : _version;
        yield return new("jsonrpc.request.id", operation.Id.Trim('"'));
        if (string.CompareOrdinal(version, Stateless) < 0)
            yield return new("mcp.session.id", _session.Id);
        if (operation.Method.StartsWith("resources/", StringComparison.Ordinal) && operation.Name.Length > 0)
            yield return new("mcp.resource.uri", operation.Name);
        if (operation.Method != ToolCall)
            yield break;
        if (operation.Arguments is not null)
            yield return new("gen_ai.tool.call.arguments", operation.Arguments);
        if (outcome.Result is not null)
            yield return new("gen_ai.tool.call.result", outcome.Result);
    }

    private static void AddVersion(ref TagList tags, string version)
    {
        if (version.Length > 0)
            tags.Add("mcp.protocol.version", version);
    }

    /// <summary>The tool or the prompt; not the resource, of which there may be any number.</summary>
    private static string TargetOf(Operation operation) => operation.Method is ToolCall or "prompts/get" ? operation.Name : "";
}
