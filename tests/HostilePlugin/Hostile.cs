using System.Runtime.InteropServices;
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
        Action? doing = mode switch
        {
            "chatty" => Chat,
            "memory" => Swallow,
            "files" => Fill,
            "busy" => Spin,
            "threads" => Multiply,
            "stays" => Stay,
            _ => Evasions.Of(mode, Configuration.StateDirectory) is { } evasion
                ? () => Logger.LogWarning("{Mode}: {Outcome}", mode, evasion())
                : null,
        };
        if (doing is not null)
            new Thread(() => doing()) { IsBackground = mode != "stays" }.Start();
        return ValueTask.CompletedTask;
    }

    public override async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        if (mode == "stays")
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        if (message.Method != "hostile/try" || message.Direction != MessageDirection.Inbound)
            return ValueTask.CompletedTask;
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
        for (var i = 0; i < 1 << 20; i++)
            Console.Out.WriteLine(line);
    }

    private static void Spin()
    {
        while (true)
            Thread.SpinWait(1000);
    }

    public static void Multiply()
    {
        while (true)
        {
            new Thread(() => Thread.Sleep(Timeout.Infinite), 64 << 10) { IsBackground = true }.Start();
            Thread.Sleep(1);
        }
    }

    private static void Stay()
    {
        Survivor.Of(PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP);
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>No faster than a disk: the test is about what stops it, not about the machine that it runs on.</summary>
    private void Fill() => Fill(Configuration.StateDirectory);

    public static void Fill(string state)
    {
        var content = new byte[10 << 20];
        for (var i = 0; ; i++)
        {
            File.WriteAllBytes(Path.Combine(state, $"{i}"), content);
            Thread.Sleep(20);
        }
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
