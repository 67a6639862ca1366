using System.Globalization;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes;

/// <summary>What became of a tool.</summary>
/// <param name="Status">How it ended; null if it was killed.</param>
/// <param name="Output">The beginning of its standard output.</param>
/// <param name="Errors">The beginning of its standard error.</param>
public sealed record ToolResult(ExitStatus? Status, byte[] Output, byte[] Errors)
{
    /// <summary>Why it was killed, in a sentence; null if it ended by itself.</summary>
    public string? WhyKilled { get; init; }

    /// <summary>Whether it ended by itself with exit code 0.</summary>
    public bool IsSuccess => Status is { Code: 0, Signal: null };
}

/// <summary>
/// Runs another program for its answer, bounded in time, in what is kept of what it says, and in what it may say at all: one that never stops
/// talking would keep a processor busy until its time is over. Its process group ends with it, so nothing that it leaves behind is waited for,
/// not even what still holds its pipes (a daemon that it started in a session of its own lives on, unheard).
/// It has a group of its own and so no terminal to read from.
/// </summary>
public sealed class Tool
{
    private const int StackSize = 128 * 1024;
    private const int Look = 50;

    /// <summary>What it may write to each of its outputs; no answer and no complaint comes near it.</summary>
    private const long MaxSaidBytes = 64L * 1024 * 1024;

    // What it wrote is in the pipes when it ends; only something that left its group can still hold them open.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);
    private readonly ChildCommand _command;
    private readonly TimeSpan _limit;
    private readonly int _maxBytes;
    private readonly TimeProvider _time;

    /// <param name="command">What to run.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="maxBytes">How many bytes are kept of its output, and of its errors; the rest is read and dropped.</param>
    /// <param name="time">The clock.</param>
    public Tool(ChildCommand command, TimeSpan limit, int maxBytes, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        _command = command with { EndGroupWithLeader = true };
        _limit = limit;
        _maxBytes = maxBytes;
        _time = time;
    }

    /// <summary>The environment of this process without some variables, for a tool that has no business with them.</summary>
    /// <param name="names">The variables.</param>
    public static IReadOnlyDictionary<string, string> EnvironmentWithout(params IEnumerable<string> names)
    {
        var environment = new Dictionary<string, string>(
            OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal
        );
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        foreach (var name in names)
            environment.Remove(name);
        return environment;
    }

    /// <summary>Runs it to its end; blocks.</summary>
    /// <param name="input">What it can read.</param>
    /// <returns>What became of it; nothing of its process group runs any more.</returns>
    /// <exception cref="ChildStartException">It could not be started.</exception>
    public ToolResult Run(ReadOnlyMemory<byte> input)
    {
        using var child = ChildProcess.Start(_command);
        using var ending = new CancellationTokenSource();
        var output = new Reader(child.StandardOutput, _maxBytes, ending.Token);
        var errors = new Reader(child.StandardError, _maxBytes, ending.Token);
        Start(() => Write(child.StandardInput, input), "input");
        Start(output.Run, "output");
        Start(errors.Run, "errors");
        var (status, whyKilled) = WaitForEnd(child.Exited, Task.WhenAny(output.SaidTooMuch, errors.SaidTooMuch));
        if (whyKilled is not null)
        {
            child.KillTree();
            Wait(child.Exited, KillLimit);
        }

        _ = Wait(Task.WhenAll(output.Ended, errors.Ended).ContinueWith(_ => true, TaskScheduler.Default), DrainLimit);
        ending.Cancel();
        return new ToolResult(status, output.Kept(), errors.Kept()) { WhyKilled = whyKilled };

        void Start(ThreadStart run, string what) =>
            new Thread(run, StackSize)
            {
                IsBackground = true,
                Name = string.Create(CultureInfo.InvariantCulture, $"tool {child.Id} {what}"),
            }.Start();
    }

    /// <returns>How it ended, or why it has to be killed.</returns>
    private (ExitStatus? Status, string? WhyKilled) WaitForEnd(Task<ExitStatus> exited, Task saidTooMuch)
    {
        if (Wait(Task.WhenAny(exited, saidTooMuch).ContinueWith(_ => true, TaskScheduler.Default), _limit) is null)
            return (null, string.Create(CultureInfo.InvariantCulture, $"It did not end within {_limit.TotalSeconds:0.#} s."));
        return exited.IsCompleted
            ? (exited.GetAwaiter().GetResult(), null)
            : (null, string.Create(CultureInfo.InvariantCulture, $"It wrote more than {MaxSaidBytes >> 20} MiB."));
    }

    /// <returns>Null if it took too long.</returns>
    private T? Wait<T>(Task<T> task, TimeSpan limit)
        where T : struct
    {
        try
        {
            return task.WaitAsync(limit, _time).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static void Write(Stream stream, ReadOnlyMemory<byte> input)
    {
        try
        {
            stream.Write(input.Span);
            stream.Dispose();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It does not want to read; its status says why.
        }
    }

    /// <summary>Reads a pipe to its end, or until nobody waits for it, and keeps the beginning.</summary>
    private sealed class Reader(Stream stream, int maxBytes, CancellationToken ending)
    {
        private readonly Lock _gate = new();
        private readonly byte[] _kept = new byte[maxBytes];
        private int _count;
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _saidTooMuch = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public Task SaidTooMuch => _saidTooMuch.Task;

        public byte[] Kept()
        {
            lock (_gate)
                return _kept[.._count];
        }

        public void Run()
        {
            try
            {
                var buffer = new byte[4096];
                var said = 0L;
                while (WaitReadable() && stream.Read(buffer) is var count and > 0)
                {
                    said += count;
                    if (said > MaxSaidBytes)
                    {
                        _saidTooMuch.TrySetResult();
                        return;
                    }

                    lock (_gate)
                    {
                        var more = Math.Min(count, _kept.Length - _count);
                        buffer.AsSpan(0, more).CopyTo(_kept.AsSpan(_count));
                        _count += more;
                    }
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // Closed on our side.
            }
            finally
            {
                _ended.TrySetResult();
            }
        }

        private bool WaitReadable()
        {
            while (stream is FileDescriptorStream pipe && !pipe.WaitReadable(Look))
            {
                if (ending.IsCancellationRequested)
                    return false;
            }

            return !ending.IsCancellationRequested;
        }
    }
}
