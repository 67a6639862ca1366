using Kilometers.Processes.Isolation;

namespace Kilometers.Processes.Tests.Isolation;

public sealed class SandboxArgumentsTests
{
    [Fact]
    public void Parse_WhatFromWrote_IsTheSameProfile()
    {
        var profile = new SandboxProfile
        {
            Executable = ["/usr/lib", "/a folder/with = and spaces"],
            Readable = ["/etc/x"],
            Writable = ["/state"],
            SocketFolders = ["/run/s"],
            Pinned = new Dictionary<string, FileIdentity>
            {
                ["/run/s"] = new(ulong.MaxValue, 1),
                ["/a folder/with = and:\nline ends"] = new(0, 2),
            },
            BindSupervisor = "/run/bind",
            AllowProcesses = true,
            Confine = false,
            DataBytes = 1L << 40,
            OpenFiles = 64,
            FileBytes = 0,
            ControlGroup = "/sys/fs/cgroup/x",
        };
        var again = SandboxArguments.Parse([.. SandboxArguments.From(profile)]);
        Assert.Equivalent(profile, again, strict: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rx")]
    [InlineData("confine=1")]
    [InlineData("network=yes")]
    [InlineData("files=many")]
    [InlineData("files=-1")]
    [InlineData("unknown=1")]
    [InlineData("pin=1=/x")]
    [InlineData("pin=1:2")]
    [InlineData("pin=1:-2=/x")]
    public void Parse_AWordThatIsNotOneOfAProfile_Throws(string word) =>
        Assert.Throws<SandboxException>(() => SandboxArguments.Parse([word]));

    [Fact]
    public void Parse_Nothing_GrantsNothing()
    {
        var profile = SandboxArguments.Parse([]);
        Assert.True(
            profile
                is {
                    Confine: true,
                    AllowProcesses: false,
                    Executable.Count: 0,
                    Readable.Count: 0,
                    Writable.Count: 0,
                    SocketFolders.Count: 0
                }
        );
    }
}
