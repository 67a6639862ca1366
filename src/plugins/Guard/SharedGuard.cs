using Kilometers.Definitions;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Guard.Definitions;
using Kilometers.Plugins.Guard.Secrets;
using Kilometers.Plugins.Guard.Text;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.Guard;

/// <summary>What all sessions of the process share: the records, the servers that run now, and the rules.</summary>
/// <param name="time">The clock of everything but the messages themselves.</param>
internal sealed class SharedGuard(TimeProvider time) : PluginServices
{
    public TimeProvider Time => time;

    public LiveServers Live { get; } = new();

    /// <summary>What looks at texts.</summary>
    public IReadOnlyList<ITextDetector> Detectors { get; } = CreateDetectors();

    /// <summary>Known once it is initialized.</summary>
    public GuardSettings? Settings { get; private set; }

    /// <inheritdoc cref="Settings"/>
    public ServerRecords? Records { get; private set; }

    /// <inheritdoc cref="Settings"/>
    public SecretSearch? Secrets { get; private set; }

    /// <exception cref="ArgumentException">A setting is invalid.</exception>
    /// <exception cref="IOException">The state directory cannot be used.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        Settings = GuardSettings.Read(Configuration);
        if (Settings.Unknown.Count > 0)
            Logger.LogWarning("Unknown settings are ignored: {Settings}", string.Join(", ", Settings.Unknown));
        Records = new ServerRecords(Settings.Folder, time);
        if (Settings.Secrets)
            Secrets = new SecretSearch(new SecretHash(Settings.Folder));
        return ValueTask.CompletedTask;
    }

    internal static IReadOnlyList<ITextDetector> CreateDetectors()
    {
        var rules = new InstructionRules();
        return [new HiddenCharacters(), new EncodedText(rules), new InstructionText(rules)];
    }
}
