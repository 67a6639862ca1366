using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Plugin.Sdk.Intercepting;
using Kilometers.Plugin.Sdk.Observing;
using Microsoft.Extensions.Logging;

namespace Kilometers.TestPlugin;

/// <summary>Records what it sees and misbehaves as asked.</summary>
internal sealed class RecorderPlugin(Recorder recorder) : KilometersPlugin, IInterceptor
{
    private readonly string? _throw = Behaviour.Setting("THROW");
    private readonly int _delay = int.Parse(Behaviour.Setting("DELAY_MS") ?? "0", CultureInfo.InvariantCulture);
    private readonly string? _delayFile = Behaviour.Setting("DELAY_FILE");
    private readonly bool _holds = Behaviour.Setting("HOLD") is not null;
    private readonly bool _counts =
        Behaviour.Setting("FREEZE_AT") is not null || Behaviour.Setting("EXIT_AT") is not null || Behaviour.Setting("CRASH_AT") is not null;
    private readonly OrderCounter? _counter = Behaviour.Setting("COUNT") is { } path ? new(path) : null;
    private readonly string? _fatal = Behaviour.Setting("FATAL");
    private readonly bool _prints = Behaviour.Setting("PRINT") is not null;
    private readonly bool _mixes = Behaviour.Setting("MIX") is not null;
    private static TextWriter? Newest;
    private int _messages;
    private int _tokenLength;

    public override string Name =>
        Behaviour.Setting("NAME_LENGTH") is { } length
            ? new string('n', int.Parse(length, CultureInfo.InvariantCulture))
            : Behaviour.Setting("NAME") ?? "test-plugin";

    public override string Version => "1.2.3";

    public override Tier RequiredTier => TierText.TryParse(Behaviour.Setting("TIER"), out var tier) ? tier : Tier.Free;

    public override IReadOnlyList<string> Features => ["testing"];

    public override Interest Interest =>
        new() { Methods = Behaviour.Setting("METHODS")?.Split(',') ?? [], MetadataOnly = Behaviour.Setting("METADATA_ONLY") is not null };

    public override ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        _tokenLength = request.EntitlementToken.Length;
        recorder.Write("authenticate", json =>
        {
            json.WriteString("token", request.EntitlementToken);
            json.WriteString("key", request.ApiKey);
        });
        Behaviour.Reach("authenticate");
        if (Behaviour.Setting("DENY") is { } reason)
            return new(AuthenticationResult.Denied(reason));
        if (Behaviour.Setting("GRANT") is { } features)
            return new(AuthenticationResult.Granted(new Entitlement(RequiredTier, features.Split(','))));
        return base.AuthenticateAsync(request, cancellationToken);
    }

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        recorder.Write("initialize", json =>
        {
            json.WriteString("session", Session.Id);
            json.WriteString("label", Session.ServerLabel);
            json.WriteBoolean("color", Configuration.Color);
            json.WriteStartObject("settings");
            foreach (var (name, value) in Configuration.Settings)
                json.WriteString(name, value);
            json.WriteEndObject();
        });
        Newest = Output;
        Behaviour.Reach("initialize");
        if (Behaviour.Setting("FAIL_INITIALIZE")?.Split('@') is [.. var label, var reason] && IsMeant(label))
            throw new InvalidOperationException(reason);
        var lines = int.Parse(Behaviour.Setting("PRINT_AFTER") ?? "0", CultureInfo.InvariantCulture);
        for (var line = 0; line < lines; line++)
            Console.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture).PadRight(100, '.'));
        lines = int.Parse(Behaviour.Setting("ERROR_AFTER") ?? "0", CultureInfo.InvariantCulture);
        for (var line = 0; line < lines; line++)
            Console.Error.WriteLine(line.ToString(CultureInfo.InvariantCulture).PadRight(100, '.'));
        if (Behaviour.Setting("LOG") is { } text)
            Logger.LogWarning("{Text}", text);
        return ValueTask.CompletedTask;
    }

    /// <summary>The tool that is called says what becomes of the call.</summary>
    public async ValueTask<Verdict> InterceptAsync(HeldRequest request, CancellationToken cancellationToken)
    {
        switch (request.Name)
        {
            case "deny":
                return Verdict.Deny("not today");
            case "replace":
                return Verdict.ReplaceResult("not today");
            case "throw":
                throw new InvalidOperationException("asked to throw");
            case "slow":
                Logger.LogWarning("holding {Id}", request.Id);
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
                return Verdict.Allow;
            default:
                return Verdict.Allow;
        }
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        if (message.IsStopped)
            Logger.LogWarning("saw that it was stopped: {Kind} {Id} {Error}", message.Kind, message.Id, message.ErrorText);
        if (_counter is not null)
        {
            _counter.Count(message);
            return ValueTask.CompletedTask;
        }

        recorder.Write("message", json => Write(json, message, Session.ServerLabel));
        if (_prints)
            Output.WriteLine($"{Session.ServerLabel} saw {message.Id}");
        if (_mixes && message.Name.Length > 0)
            Newest!.WriteLine(message.Name);
        if (_fatal == message.Method)
            Environment.Exit(3);
        if (_counts)
            Behaviour.Reach((++_messages).ToString(CultureInfo.InvariantCulture));
        if (_throw is not null && (_throw == "all" || _throw == message.Method))
            throw new InvalidOperationException("asked to throw");
        if (_holds)
        {
            cancellationToken.WaitHandle.WaitOne();
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (message.Method == "test/given")
        {
            var egress = Environment.GetEnvironmentVariable("KM_EGRESS_SOCKET");
            Logger.LogWarning(
                "given: token={Token} state={State} api={Api} egress={Egress}.",
                _tokenLength,
                Configuration.StateDirectory,
                Configuration.ApiEndpoint,
                egress
            );
            return ValueTask.CompletedTask;
        }

        if (message.Method.StartsWith("test/", StringComparison.Ordinal))
            return NetworkTrial.TryAsync(message, Logger, cancellationToken);
        var delay = _delay == 0 && _delayFile is not null ? DelayNow(_delayFile) : _delay;
        return delay == 0 ? ValueTask.CompletedTask : new(Task.Delay(delay, cancellationToken));
    }

    public override ValueTask HandleErrorAsync(ObservedError error, CancellationToken cancellationToken)
    {
        recorder.Write("error", json =>
        {
            json.WriteString("type", error.Type);
            json.WriteString("message", error.Message);
        });
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleStreamEventAsync(StreamEvent streamEvent, CancellationToken cancellationToken)
    {
        recorder.Write("event", json =>
        {
            json.WriteString("type", streamEvent.Type);
            json.WriteStartObject("data");
            foreach (var (name, value) in streamEvent.Data)
                json.WriteString(name, value);
            json.WriteEndObject();
        });
        return ValueTask.CompletedTask;
    }

    public override ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        recorder.Write("shutdown");
        _counter?.Save();
        if (Behaviour.Setting("PRINT_END") is { } words)
            Console.WriteLine(words);
        Behaviour.Reach("shutdown");
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a session is meant: every one, where no label is named.</summary>
    private bool IsMeant(string[] label) => label.Length == 0 || label[0] == Session.ServerLabel;

    private static int DelayNow(string file)
    {
        try
        {
            return File.Exists(file) && int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var delay)
                ? delay
                : 0;
        }
        catch (IOException)
        {
            // It is being written, or was deleted just now.
            return 0;
        }
    }

    private static void Write(Utf8JsonWriter json, ObservedMessage message, string server)
    {
        json.WriteString("server", server);
        json.WriteNumber("sequence", message.Sequence);
        json.WriteString("direction", message.Direction.ToString());
        json.WriteString("kind", message.Kind.ToString());
        json.WriteString("method", message.Method);
        json.WriteString("id", message.Id);
        json.WriteString("name", message.Name);
        json.WriteString("correlation", message.CorrelationId);
        json.WriteNumber("request", message.RequestSequence);
        json.WriteNumber("size", message.Size);
        json.WriteString("payload", Encoding.UTF8.GetString(message.Payload.Span));
        json.WriteBoolean("omitted", message.PayloadOmitted);
        json.WriteBoolean("truncated", message.IsTruncated);
        json.WriteString("error", message.ErrorCode);
        json.WriteNumber("latency", (message.Latency?.Ticks ?? 0) * 100);
    }
}
