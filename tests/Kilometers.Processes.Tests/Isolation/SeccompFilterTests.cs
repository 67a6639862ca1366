using Kilometers.Processes.Isolation;

namespace Kilometers.Processes.Tests.Isolation;

/// <summary>The filter's program, run by a small machine of our own: for every processor, wherever the tests run.</summary>
public sealed class SeccompFilterTests
{
    private const uint Allow = Verdict.Allow;
    private const uint NotPermitted = Verdict.NotPermitted;
    private const int Self = 4711;
    private const int Parent = 4700;
    private static readonly SandboxProfile Strict = new();
    private static readonly SandboxProfile Script = new() { AllowProcesses = true };

    private static SystemCalls[] Processors => [SystemCalls.X64, SystemCalls.Arm64];

    [Fact]
    public void Create_AnotherProcessorsCall_IsKilled() =>
        Assert.All(Processors, calls => Assert.Equal(Verdict.KillProcess, Filter(calls, Strict).RunOn(0x40000003, 0)));

    [Fact]
    public void Create_X32_IsKilled() => Assert.Equal(Verdict.KillProcess, Filter(SystemCalls.X64, Strict).Run(0x40000000));

    [Fact]
    public void Create_EveryNumber_IsAllowedOnlyIfListed()
    {
        foreach (var calls in Processors)
        {
            var listed = AllowedCalls.All.Select(calls.NumberOf).ToHashSet();
            var filter = Filter(calls, Strict);
            for (var number = 0; number < 1024; number++)
            {
                if (listed.Contains(number))
                    continue;
                Assert.Equal((number, number < 424 ? NotPermitted : Verdict.NotImplemented), (number, filter.Run(number)));
            }
        }
    }

    [Fact]
    public void Create_CallsWithoutARule_AreAllowedWithAnyArguments()
    {
        foreach (var calls in Processors)
        {
            var filter = Filter(calls, Strict);
            foreach (var call in AllowedCalls.All.Where(call => call.Rule == CallRule.AnyArguments && calls.NumberOf(call) >= 0))
            {
                Assert.Equal(
                    (call.Name, Allow),
                    (call.Name, filter.Run(calls.NumberOf(call), ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue))
                );
            }
        }
    }

    [Fact]
    public void All_NamesAndNumbers_AreThereOnce()
    {
        Assert.Equal(AllowedCalls.All.Count, AllowedCalls.All.DistinctBy(call => call.Name).Count());
        Assert.All(Processors, calls =>
        {
            var numbers = AllowedCalls.All.Select(calls.NumberOf).Where(number => number >= 0).ToList();
            Assert.Equal(numbers.Count, numbers.Distinct().Count());
        });
        Assert.All(AllowedCalls.All, call => Assert.True(Enum.IsDefined(call.Rule) && call.Rule != CallRule.None, call.Name));
        Assert.All(AllowedCalls.All.Where(call => call.X64 >= SystemCalls.FirstShared), call => Assert.Equal(call.X64, call.Arm64));
    }

    [Fact]
    public void Create_ARuleThatIsMissing_AllowsNothing()
    {
        var code = new FilterCode();
        new ArgumentChecks(allowProcesses: true, Self, Parent, areSignalsScoped: true, isBindSupervised: false).Write(code, default);
        Assert.Equal(NotPermitted, Assert.Single(code.ToArray()).Value);
    }

    [Fact]
    public void Create_Sockets_OnlyUnixStreams() => OnEvery(Strict, run =>
        {
            Assert.Equal(Allow, run("socket", [1, 1 | 0x80000]));
            Assert.Equal(NotPermitted, run("socket", [1, 2]));
            Assert.Equal(NotPermitted, run("socket", [1, 5]));
            Assert.All((ulong[])[2, 10, 16, 17, 38, 40], family => Assert.Equal(Verdict.FamilyNotSupported, run("socket", [family, 1])));
            Assert.Equal(NotPermitted, run("socketpair", [1, 2]));
            Assert.Equal(Allow, run("socketpair", [1, 1]));
        });

    [Fact]
    public void Create_SocketOptions_OnlyThoseOfTheSocketItself() => OnEvery(Strict, run =>
        {
            Assert.Equal(Allow, run("setsockopt", [3, 1, 2]));
            Assert.All((ulong[])[26, 50, 51, 52], attachProgram => Assert.Equal(NotPermitted, run("setsockopt", [3, 1, attachProgram])));
            Assert.Equal(NotPermitted, run("setsockopt", [3, 0, 2]));
        });

    [Fact]
    public void Create_Clone_OnlyThreadsAndNoNamespaces()
    {
        const ulong Thread = 0x3d0f00;
        OnEvery(Strict, run =>
        {
            Assert.Equal(Allow, run("clone", [Thread]));
            Assert.Equal(NotPermitted, run("clone", [17]));
            Assert.Equal(NotPermitted, run("clone", [Thread | 0x10000000]));
        });
        OnEvery(Script, run =>
        {
            Assert.Equal(Allow, run("clone", [17]));
            Assert.All((ulong[])[0x80, 0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000], space =>
                Assert.Equal(NotPermitted, run("clone", [17 | space]))
            );
        });
        Assert.Equal((NotPermitted, Allow), (Filter(SystemCalls.X64, Strict).Run(57), Filter(SystemCalls.X64, Script).Run(57)));
        Assert.All(Processors, calls => Assert.Equal(Verdict.NotImplemented, Filter(calls, Script).Run(435))); // clone3
    }

    [Fact]
    public void Create_Signals_OnlyToItself()
    {
        string[] calls = ["kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"];
        ulong[] others = [0, 1, Self + 1, uint.MaxValue, unchecked((uint)-Self)];
        OnEvery(Strict, run => Assert.All(calls, call =>
            {
                Assert.Equal(Allow, run(call, [Self, 15]));
                Assert.All(others, other => Assert.Equal(NotPermitted, run(call, [other, 9])));
            }));

        // Its children have other numbers; Landlock knows them.
        OnEvery(Script, run => Assert.All(calls, call => Assert.Equal(Allow, run(call, [Self + 1, 15]))));
    }

    [Fact]
    public void Create_WithoutLandlocksScope_NobodyElseCanBeSignalled()
    {
        foreach (var calls in Processors)
        {
            var filter = new Machine(SeccompFilter.Create(calls, Script, Self, Parent, areSignalsScoped: false), calls.Architecture);
            Assert.Equal(NotPermitted, filter.Run(Number(calls, "kill"), Self + 1));
            Assert.Equal(NotPermitted, filter.Run(Number(calls, "tkill"), Self));
            Assert.Equal(Allow, filter.Run(Number(calls, "kill"), Self));
        }
    }

    [Fact]
    public void Create_LimitsAndProcessors_OnlyItsOwn() =>
        OnEvery(Strict, run => Assert.All((string[])["prlimit64", "getpgid", "getsid", "sched_setaffinity"], call =>
            {
                Assert.Equal((Allow, Allow), (run(call, [0]), run(call, [Self])));
                Assert.Equal(NotPermitted, run(call, [1]));
            }));

    [Fact]
    public void Create_DescriptorsOfProcesses_OnlyOfTheOneThatStartedIt()
    {
        foreach (var profile in (SandboxProfile[])[Strict, Script])
        {
            OnEvery(profile, run =>
            {
                Assert.Equal(Allow, run("pidfd_open", [Parent, 0]));
                Assert.All((ulong[])[0, 1, Self, Parent + 1, uint.MaxValue], other =>
                    Assert.Equal(Verdict.NotImplemented, run("pidfd_open", [other, 0]))
                );
                Assert.All((ulong[])[0x80, 0x800], flags => Assert.Equal(NotPermitted, run("pidfd_open", [Parent, flags])));
            });
        }
    }

    [Fact]
    public void Create_Priority_OnlyItsOwn() => OnEvery(Strict, run => Assert.All((string[])["setpriority", "getpriority"], call =>
            {
                Assert.Equal((Allow, Allow), (run(call, [0, 0]), run(call, [0, Self])));
                Assert.Equal(NotPermitted, run(call, [0, 1]));
                Assert.All((ulong[])[1, 2], groupOrUser =>
                    Assert.All((ulong[])[0, Self], who => Assert.Equal(NotPermitted, run(call, [groupOrUser, who])))
                );
            }));

    [Fact]
    public void Create_FileCommands_NoLeasesNoSignalsNoLargerPipes() => OnEvery(Strict, run =>
        {
            const ulong Nonblocking = 0x800;
            Assert.Equal((Allow, Allow), (run("fcntl", [3, 6]), run("fcntl", [3, 4, Nonblocking])));
            Assert.Equal(NotPermitted, run("fcntl", [3, 4, Nonblocking | 0x2000]));
            Assert.All((ulong[])[8, 10, 15, 1024, 1025, 1026, 1031, 1033], command =>
                Assert.Equal(NotPermitted, run("fcntl", [3, command]))
            );
        });

    [Fact]
    public void Create_DeviceCommands_OnlyThoseOfEveryFile() => OnEvery(Strict, run =>
        {
            Assert.Equal(Allow, run("ioctl", [3, 0x5421]));
            Assert.All((ulong[])[0x5412, 0x1_0000_5412, 0x541c, 0x5410, 0x5452, 0x8901, 0x8902, 0xc0096100], command =>
                Assert.Equal(Verdict.NotATerminal, run("ioctl", [3, command]))
            );
        });

    [Fact]
    public void Create_ProcessControl_NothingThatHidesIt() => OnEvery(Strict, run =>
        {
            Assert.Equal((Allow, Allow), (run("prctl", [15]), run("prctl", [4, 1])));
            Assert.Equal((NotPermitted, NotPermitted), (run("prctl", [4, 0]), run("prctl", [4, 2])));
            Assert.All((ulong[])[1, 8, 22, 28, 35, 36, 62, 0x59616d61], option => Assert.Equal(NotPermitted, run("prctl", [option])));
        });

    [Fact]
    public void Create_NamesOfSockets_AreTheSupervisors()
    {
        OnEvery(Strict, run => Assert.Equal(Allow, run("bind", [3])));
        OnEvery(Strict with { BindSupervisor = "/run/bind" }, run => Assert.Equal(Verdict.AskSupervisor, run("bind", [3])));
    }

    [Fact]
    public void Create_Mappings_NoHugePages() => OnEvery(Strict, run =>
        {
            Assert.Equal(Allow, run("mmap", [0, 4096, 3, 0x22]));
            Assert.Equal(NotPermitted, run("mmap", [0, 4096, 3, 0x40022]));
        });

    [Fact]
    public void Create_TimesOfAPath_AreDenied() => OnEvery(Strict, run =>
        {
            Assert.Equal(Allow, run("utimensat", [3, 0]));
            Assert.Equal(NotPermitted, run("utimensat", [3, 0x1000]));
            Assert.Equal(NotPermitted, run("utimensat", [3, 0x1000_0000_0000]));
        });

    private static void OnEvery(SandboxProfile profile, Action<Func<string, ulong[], uint>> check)
    {
        foreach (var calls in Processors)
            check((name, arguments) => Filter(calls, profile).Run(Number(calls, name), arguments));
    }

    private static int Number(SystemCalls calls, string name) => calls.NumberOf(AllowedCalls.All.Single(call => call.Name == name));

    private static Machine Filter(SystemCalls calls, SandboxProfile profile) =>
        new(SeccompFilter.Create(calls, profile, Self, Parent, areSignalsScoped: true), calls.Architecture);

    private sealed class Machine(Instruction[] program, uint architecture)
    {
        public uint Run(int call, params ulong[] arguments) => RunOn(architecture, call, arguments);

        public uint RunOn(uint processor, int call, params ulong[] arguments)
        {
            var data = new uint[16];
            (data[0], data[1]) = ((uint)call, processor);
            for (var i = 0; i < arguments.Length; i++)
                (data[4 + (2 * i)], data[5 + (2 * i)]) = ((uint)arguments[i], (uint)(arguments[i] >> 32));
            var register = 0u;
            for (var at = 0; ; at++)
            {
                var (code, yes, no, value) = program[at];
                switch (code)
                {
                    case 0x20:
                        register = data[value / 4];
                        break;
                    case 0x54:
                        register &= value;
                        break;
                    case 0x15:
                        at += register == value ? yes : no;
                        break;
                    case 0x35:
                        at += register >= value ? yes : no;
                        break;
                    case 0x45:
                        at += (register & value) != 0 ? yes : no;
                        break;
                    case 0x06:
                        return value;
                    default:
                        throw new InvalidOperationException($"instruction {code:x}");
                }
            }
        }
    }
}
