using System.Diagnostics;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.PluginHost.Control;

namespace Kilometers.PluginHost.Tests.Control;

public sealed class ControlPeerTests
{
    private static readonly HashSet<int> Nobody = [];

    [Fact]
    public void Refuse_SameUser_MayAsk() => Assert.Null(new ControlPeer(Environment.ProcessId, PrivateFile.CurrentUser()).Refuse(Nobody));

    [Fact]
    public void Refuse_Root_MayAsk() => Assert.Null(new ControlPeer(Environment.ProcessId, 0).Refuse(Nobody));

    [Theory]
    [InlineData(54321u)]
    [InlineData(null)]
    public void Refuse_AnotherUserOrAnUnknownOne_MayNot(uint? user) =>
        Assert.Equal(ErrorCode.ControlForbidden, new ControlPeer(Environment.ProcessId, user).Refuse(Nobody)?.Code);

    [Fact]
    public void Refuse_WhatRunsBelowASession_MayNot()
    {
        // A grandchild, as a plugin's helper would be.
        using var child = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "sleep 60 & echo $!; wait"]) { RedirectStandardOutput = true }
        )!;
        var grandchild = int.Parse(child.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            var peer = new ControlPeer(grandchild, PrivateFile.CurrentUser());
            Assert.Null(peer.Refuse(Nobody));
            Assert.Equal(ErrorCode.ControlForbidden, peer.Refuse(new HashSet<int> { child.Id })?.Code);
            Assert.Equal(ErrorCode.ControlForbidden, peer.Refuse(new HashSet<int> { Environment.ProcessId })?.Code);
        }
        finally
        {
            Process.GetProcessById(grandchild).Kill();
            child.Kill();
            child.WaitForExit();
        }
    }

    /// <summary>A km that has no socket yet, under whatever name it is installed.</summary>
    [Theory]
    [InlineData("km", "monitor", true)]
    [InlineData("km-1.2.3", "monitor", true)]
    [InlineData("km", "plugins", false)]
    [InlineData("other", "monitor", false)]
    public void Refuse_WhatRunsBelowAKmThatNobodyKnowsYet_MayNot(string program, string command, bool isRefused)
    {
        using var folder = new TemporaryFolder();
        File.Copy("/bin/sh", folder[program]);
        using var km = Process.Start(
            new ProcessStartInfo(folder[program], ["-c", "sleep 60 & echo $!; wait", "--verbose", command, "--", "x"])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var server = int.Parse(km.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            Assert.Equal(isRefused, new ControlPeer(server, PrivateFile.CurrentUser()).Refuse(Nobody) is not null);

            // Replaced by an update, it still is what it was; and it is not below itself.
            File.Delete(folder[program]);
            Assert.Equal(isRefused, new ControlPeer(server, PrivateFile.CurrentUser()).Refuse(Nobody) is not null);
            Assert.Null(new ControlPeer(km.Id, PrivateFile.CurrentUser()).Refuse(Nobody));
        }
        finally
        {
            Process.GetProcessById(server).Kill();
            km.Kill();
            km.WaitForExit();
        }
    }

    [Fact]
    public void Refuse_ProcessThatIsNotVisible_MayNot() =>
        Assert.Equal(ErrorCode.ControlForbidden, new ControlPeer(int.MaxValue, PrivateFile.CurrentUser()).Refuse(Nobody)?.Code);
}
