using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Microsoft.Extensions.Logging;

namespace Kilometers.HostilePlugin;

/// <summary>Does as it is told; see Program.cs.</summary>
internal sealed class Hostile(string mode) : KilometersPlugin
{
    private readonly List<byte[]> _kept = [];

    public override string Name => mode == "impostor" ? "console-logger" : "hostile";

    public override string Version => "1.0.0";

    public override Tier RequiredTier => Tier.Free;

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        if (mode == "chatty") new Thread(Chat) { IsBackground = true }.Start();
        if (mode == "memory") new Thread(Swallow) { IsBackground = true }.Start();
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        if (message.Method != "hostile/try" || message.Direction != MessageDirection.Inbound) return ValueTask.CompletedTask;
        using var document = JsonDocument.Parse(message.Payload);
        var parameters = document.RootElement.GetProperty("params");
        var attempt = parameters.GetProperty("attempt").GetString()!;
        var outcome = Attempts.Make(attempt, parameters.GetProperty("target").GetString()!, Configuration.StateDirectory);
        Logger.LogWarning("{Attempt}: {Outcome}", attempt, outcome);
        return ValueTask.CompletedTask;
    }

    private static void Chat()
    {
        var line = new string('x', 1023);
        for (var i = 0; i < 1 << 20; i++) Console.Out.WriteLine(line);
    }

    private void Swallow()
    {
        while (true)
        {
            var more = GC.AllocateUninitializedArray<byte>(16 << 20);
            new Random(1).NextBytes(more);
            _kept.Add(more);
        }
    }
}
