using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.Plugins.ConsoleLogger;

/// <summary>Prints one readable line per message. Settings: <c>payloads</c> (print them, secrets masked), <c>ascii</c> (arrows in ASCII).</summary>
internal sealed class ConsoleLoggerPlugin : KilometersPlugin
{
    private LineFormatter _formatter = new(TimeZoneInfo.Local, color: false, ascii: false, payloads: false);

    public override string Name => "console-logger";

    public override Tier RequiredTier => Tier.Free;

    public override Interest Interest => new() { MetadataOnly = !Configuration.IsOn("payloads") };

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        _formatter = new(TimeZoneInfo.Local, Configuration.Color, Configuration.IsOn("ascii"), Configuration.IsOn("payloads"));
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken) =>
        Print(_formatter.Format(message));

    public override ValueTask HandleErrorAsync(ObservedError error, CancellationToken cancellationToken) => Print(_formatter.Format(error));

    public override ValueTask HandleStreamEventAsync(StreamEvent streamEvent, CancellationToken cancellationToken) =>
        Print(_formatter.Format(streamEvent));

    private ValueTask Print(string? line)
    {
        if (line is not null)
            Output.WriteLine(line);
        return ValueTask.CompletedTask;
    }
}
