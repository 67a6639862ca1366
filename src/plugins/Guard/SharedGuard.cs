using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Guard.Definitions;
using Kilometers.Plugins.Guard.Flows;
using Kilometers.Plugins.Guard.Policy;
using Kilometers.Plugins.Guard.Secrets;
using Kilometers.Plugins.Guard.Text;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.Guard;

/// <summary>What all sessions of the process share: the records, the servers that run now, and the rules.</summary>
/// <param name="time">The clock of everything but the messages themselves.</param>
internal sealed class SharedGuard(TimeProvider time) : PluginServices
{
    /// <summary>What orders look like. Its expressions are built when they are first needed, once for the process.</summary>
    private static readonly Instructions Instructions = new();

    public TimeProvider Time => time;

    public LiveServers Live { get; } = new();

    /// <summary>What looks at texts.</summary>
    public IReadOnlyList<ITextDetector> Detectors { get; } = CreateDetectors();

    /// <summary>What passes between servers.</summary>
    public SharedFlows Flows { get; } = new(new FlowMemory(), new OrderMemory(), Instructions);

    /// <summary>Known once it is initialized.</summary>
    public GuardSettings? Settings { get; private set; }

    /// <inheritdoc cref="Settings"/>
    public ServerRecords? Records { get; private set; }

    /// <inheritdoc cref="Settings"/>
    public SecretSearch? Secrets { get; private set; }

    /// <inheritdoc cref="Settings"/>
    public InstalledRules? Rules { get; private set; }

    /// <summary>
    /// Whether the subscription includes what is not Free. The entitlement is that of this plugin's own seal, and its end is looked at here: a
    /// host that never refreshes it prolongs nothing.
    /// </summary>
    public bool IsEnterprise =>
        Entitlement is { Tier: >= Tier.Enterprise } entitlement && (entitlement.ExpiresAt is not { } end || time.GetUtcNow() < end);

    /// <exception cref="ArgumentException">A setting is invalid.</exception>
    /// <exception cref="IOException">The state directory cannot be used.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        Settings = GuardSettings.Read(Configuration);
        if (Settings.Unknown.Count > 0)
            Logger.LogWarning("Unknown settings are ignored: {Settings}", string.Join(", ", Settings.Unknown));
        Records = new ServerRecords(Settings.Folder, time);
        Rules = new InstalledRules(Settings.Folder, time);
        if (Settings.Secrets)
            Secrets = new SecretSearch(new SecretHash(Settings.Folder));
        return ValueTask.CompletedTask;
    }

    internal static IReadOnlyList<ITextDetector> CreateDetectors() =>
        [new HiddenCharacters(), new EncodedText(Instructions), new InstructionText(Instructions)];
}
