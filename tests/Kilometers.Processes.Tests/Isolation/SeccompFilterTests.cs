using Kilometers.Processes.Isolation;

namespace Kilometers.Processes.Tests.Isolation;

/// <summary>The filter's program, run by a small machine of our own: for every processor, wherever the tests run.</summary>
public sealed class SeccompFilterTests
{
    private const uint Allow = 0x7fff0000;
    private const uint NotPermitted = 0x00050001;
    private const uint NotImplemented = 0x00050026;
    private const uint NoFamily = 0x00050061;
    private const uint Kill = 0x80000000;
    private const int Self = 4711;
    private static readonly SandboxProfile Strict = new();

    [Fact]
    public void Create_AnotherProcessorsCall_IsKilled() => Assert.Equal(Kill, Run(Strict, 0, processor: 0x40000003));

    [Fact]
    public void Create_X32_IsKilled()
    {
        Assert.SkipUnless(SystemCalls.Current?.IsX64 == true, "x64 only");
        Assert.Equal(Kill, Run(Strict, 0x40000000));
    }

    [Fact]
    public void Create_ACallThatIsNewerThanKm_DoesNotExist() => Assert.Equal(NotImplemented, Run(Strict, SystemCalls.Newest + 1));

    [Fact]
    public void Create_ReadAndWrite_AreAllowed() => Assert.Equal((Allow, Allow), (Run(Strict, 0), Run(Strict, 1)));

    [Fact]
    public void Create_EveryDeniedCall_IsDenied() => Assert.All(Calls.Denied, call => Assert.Equal(NotPermitted, Run(Strict, call)));

    [Fact]
    public void Create_Sockets_OnlyUnixStreams()
    {
        Assert.Equal(Allow, Run(Strict, Calls.Socket, 1, 1 | 0x80000));
        Assert.Equal(NotPermitted, Run(Strict, Calls.Socket, 1, 2));
        Assert.Equal(NotPermitted, Run(Strict, Calls.Socket, 1, 5));
        Assert.Equal(NoFamily, Run(Strict, Calls.Socket, 2, 1));
        Assert.Equal(NoFamily, Run(Strict, Calls.Socket, 10, 2));
        Assert.Equal(NoFamily, Run(Strict, Calls.Socket, 16, 3));
        Assert.Equal(NotPermitted, Run(Strict, Calls.SocketPair, 1, 2));
        Assert.Equal(Allow, Run(Strict, Calls.SocketPair, 1, 1));
        Assert.Equal(NotPermitted, Run(Strict, Calls.Connect, 3));
    }

    [Fact]
    public void Create_Clone_OnlyThreadsAndNoNamespaces()
    {
        const uint Thread = 0x3d0f00;
        Assert.Equal(Allow, Run(Strict, Calls.Clone, Thread));
        Assert.Equal(NotPermitted, Run(Strict, Calls.Clone, 17));
        Assert.Equal(NotPermitted, Run(Strict, Calls.Clone, Thread | 0x10000000));
        Assert.Equal(NotImplemented, Run(Strict, Calls.Clone3));
        Assert.Equal(Allow, Run(Strict with { AllowProcesses = true }, Calls.Clone, 17));
        Assert.Equal(NotPermitted, Run(Strict with { AllowProcesses = true }, Calls.Clone, 17 | 0x20000000));
    }

    [Fact]
    public void Create_Signals_OnlyToItself()
    {
        Assert.Equal(Allow, Run(Strict, Calls.Kill, Self, 15));
        Assert.Equal(Allow, Run(Strict, Calls.TgKill, Self, 1));
        foreach (var other in (uint[])[0, 1, Self + 1, uint.MaxValue, unchecked((uint)-Self)])
        {
            Assert.Equal(NotPermitted, Run(Strict, Calls.Kill, other, 9));
            Assert.Equal(NotPermitted, Run(Strict, Calls.TgKill, other, 9));
            Assert.Equal(NotPermitted, Run(Strict, Calls.QueueSignal, other, 9));
        }
    }

    [Fact]
    public void Create_Limits_OnlyItsOwn()
    {
        Assert.Equal((Allow, Allow), (Run(Strict, Calls.SetLimits, 0), Run(Strict, Calls.SetLimits, Self)));
        Assert.Equal(NotPermitted, Run(Strict, Calls.SetLimits, 1));
        Assert.Equal(Allow, Run(Strict, Calls.SetPriority, 0, 0));
        Assert.Equal(NotPermitted, Run(Strict, Calls.SetPriority, 0, 1));
    }

    [Fact]
    public void Create_TimesOfAPath_AreDenied()
    {
        Assert.Equal(Allow, Run(Strict, Calls.SetTimes, 3, 0));
        Assert.Equal(NotPermitted, Run(Strict, Calls.SetTimes, 3, 0x1000));
        Assert.Equal(NotPermitted, Run(Strict, Calls.SetTimes, 3, 0x1000_0000_0000));
    }

    private static SystemCalls Calls => SystemCalls.Current ?? throw new PlatformNotSupportedException();

    private static uint Run(SandboxProfile profile, int call, ulong first = 0, ulong second = 0, uint? processor = null)
    {
        var data = new uint[16];
        (data[0], data[1]) = ((uint)call, processor ?? Calls.Architecture);
        (data[4], data[5], data[6], data[7]) = ((uint)first, (uint)(first >> 32), (uint)second, (uint)(second >> 32));
        var program = SeccompFilter.Create(Calls, profile, Self, areSignalsScoped: true);
        var register = 0u;
        for (var at = 0; ; at++)
        {
            var (code, yes, no, value) = program[at];
            switch (code)
            {
                case 0x20: register = data[value / 4]; break;
                case 0x54: register &= value; break;
                case 0x15: at += register == value ? yes : no; break;
                case 0x25: at += register > value ? yes : no; break;
                case 0x45: at += (register & value) != 0 ? yes : no; break;
                case 0x06: return value;
                default: throw new InvalidOperationException($"instruction {code:x}");
            }
        }
    }
}
