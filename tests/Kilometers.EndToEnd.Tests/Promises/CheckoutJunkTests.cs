using System.Net.Sockets;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>Whatever lies in a checkout's <c>plugins</c>: nothing of it holds a command or a session up, and nothing of it runs.</summary>
public sealed class CheckoutJunkTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("mkfifo p.kmpkg")]
    [InlineData("ln -s /dev/zero p.kmpkg; ln -s /dev/tty q.kmpkg; ln -s /proc/self/fd/0 r.kmpkg")]
    [InlineData("ln -s p.kmpkg p.kmpkg; ln -s q.kmpkg r.kmpkg; ln -s r.kmpkg q.kmpkg")]
    [InlineData("mkdir p.kmpkg q.kmpkg; : >q.kmpkg/p.kmpkg")]
    [InlineData("truncate -s 4T p.kmpkg")]
    [InlineData("cp \"$PACKAGE\" p.kmpkg; truncate -s 4T p.kmpkg")]
    [InlineData("cp \"$PACKAGE\" p.kmpkg; chmod 000 p.kmpkg")]
    [InlineData("cp \"$PACKAGE\" p.kmpkg; chmod 4777 p.kmpkg")]
    [InlineData(": >p.kmpkg; : >.kmpkg; : >'.staging-1.kmpkg'")]
    [InlineData("ln \"$PACKAGE\" p.kmpkg; ln -s \"$PACKAGE\" q.kmpkg")]
    [InlineData("mkdir deep; cd deep; i=0; while [ $i -lt 200 ]; do mkdir d; cd d; i=$((i+1)); done; cp \"$PACKAGE\" p.kmpkg")]
    [InlineData("cd ..; mv plugins real; ln -s real plugins; cp \"$PACKAGE\" plugins/p.kmpkg")]
    [InlineData("cd ..; rmdir plugins; ln -s / plugins")]
    [InlineData("cd ..; rmdir plugins; : >plugins")]
    [InlineData("cd ..; rmdir plugins; ln -s plugins plugins")]
    public async Task Nothing_holds_a_session_up_or_runs(string junk)
    {
        var project = Modes.Folder(_home.File("project"));
        var plugins = Modes.Folder(Path.Combine(project, "plugins"));
        var made = await Shell.RunAsync("PACKAGE=$1; " + junk, null, plugins, _home.Package());
        Assert.True(made.Status == 0, made.Errors);
        await using (var km = KmProcess.Start(Programs.Km, ["monitor", "--", "cat"], _home.Environment, project))
        {
            await km.SendAsync("ping");
            Assert.Equal("ping", await km.ReadLineAsync());
            Assert.Equal(0, await km.FinishAsync());
            _home.AssertNothingStarted(km.Errors);
        }

        // Each ends by itself; what it says of the junk is its own business.
        foreach (var command in new[] { "plugins list", "plugins status", "plugins trust . --json" })
        {
            var (_, output, errors) = await _home.RunInAsync(project, command.Split(' '));
            Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
            _home.AssertNothingStarted(errors);
        }
    }

    [Fact]
    public async Task A_socket_is_no_package_and_nobody_connects_to_it()
    {
        var project = Modes.Folder(_home.File("project"));
        Modes.Folder(Path.Combine(project, "plugins"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(project, "plugins", "p.kmpkg")));
        listener.Listen();
        var (status, _, errors) = await _home.RunInAsync(project, ["monitor", "--", "true"]);
        Assert.True(status == 0, errors);
        Assert.False(listener.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task Trust_in_a_project_covers_no_package_that_was_swapped_added_or_linked_later()
    {
        var project = Modes.Folder(_home.File("project"));
        var plugins = Modes.Folder(Path.Combine(project, "plugins"));
        File.Copy(_home.Package(), Path.Combine(plugins, "p.kmpkg"));
        Assert.Equal(0, (await _home.RunInAsync(project, ["plugins", "trust", ".", "--yes"])).Status);
        File.Delete(Path.Combine(plugins, "p.kmpkg"));
        var other = _home.Package(forge => forge.Files[1] = forge.Files[1] with { Content = "another"u8.ToArray() }, "other.kmpkg");
        File.Copy(other, Path.Combine(plugins, "p.kmpkg"));
        File.CreateSymbolicLink(Path.Combine(plugins, "q.kmpkg"), other);
        await using var km = KmProcess.Start(Programs.Km, ["monitor", "--", "cat"], _home.Environment, project);
        await km.SaysAsync("[PLG_DIR_00");
        Assert.Equal(0, await km.FinishAsync());
        _home.AssertNothingStarted(km.Errors);
    }
}
