using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Tests.Policies;

public sealed class PolicyFilesTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private PluginPaths Paths => PluginPaths.Default() with { Home = _folder["home"], SystemPolicy = _folder["etc/policy.json"] };

    [Fact]
    public void Read_WithoutFiles_IsNothing() => Assert.Same(PluginPolicy.None, PolicyFiles.Read(Paths));

    [Fact]
    public void Read_OfTheUser_RefusesNoSessionEvenWhereItIsBroken()
    {
        Write(Paths.Policy, "{");
        var policy = PolicyFiles.Read(Paths);
        Assert.Null(policy.Refusal);
        Assert.Contains("line 1, column 2", Assert.Single(policy.Problems).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfTheAdministrator_RefusesTheSessionWhereItIsBroken()
    {
        AsRoot();
        Write(Paths.SystemPolicy!, "{");
        Write(Paths.Policy, """{"version": 1}""");
        var policy = PolicyFiles.Read(Paths);
        Assert.Equal(ErrorCode.InvalidPolicy, policy.Refusal?.Code);
        Assert.Equal([policy.Refusal!], policy.Problems);
    }

    [Fact]
    public void Read_OfBoth_HasBoth()
    {
        AsRoot();
        Write(Paths.SystemPolicy!, """{"version": 1}""");
        Write(Paths.Policy, """{"version": 1}""");
        Assert.Equal(
            [PolicyAuthor.Administrator, PolicyAuthor.User],
            PolicyFiles.Read(Paths).Documents.Select(document => document.Author)
        );
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, false)]
    [InlineData(UnixFileMode.OtherWrite, false)]
    [InlineData(UnixFileMode.GroupWrite, true)]
    [InlineData(UnixFileMode.OtherWrite, true)]
    public void Read_WhatOthersCouldChange_IsRefused(UnixFileMode mode, bool directory)
    {
        Write(Paths.SystemPolicy!, """{"version": 1}""");
        var path = directory ? Path.GetDirectoryName(Paths.SystemPolicy)! : Paths.SystemPolicy!;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, Mine | UnixFileMode.UserExecute | mode);
        Assert.Equal(ErrorCode.UnsafePolicy, PolicyFiles.Read(Paths).Refusal?.Code);
    }

    [Fact]
    public void Read_OfAnAdministratorWhoIsNotRoot_IsRefused()
    {
        AsRoot();
        Write(Paths.SystemPolicy!, """{"version": 1}""");
        using (var chown = System.Diagnostics.Process.Start("chown", ["12345", Paths.SystemPolicy!]))
            chown.WaitForExit();
        Assert.Equal(ErrorCode.UnsafePolicy, PolicyFiles.Read(Paths).Refusal?.Code);
    }

    [Theory]
    [InlineData("link")]
    [InlineData("dangling")]
    [InlineData("directory")]
    [InlineData("pipe")]
    public void Read_WhatIsNoPlainFile_IsNotTakenForMissing(string kind)
    {
        Write(_folder["elsewhere/policy.json"], """{"version": 1}""");
        Directory.CreateDirectory(Path.GetDirectoryName(Paths.SystemPolicy)!);
        if (kind == "link")
            File.CreateSymbolicLink(Paths.SystemPolicy!, _folder["elsewhere/policy.json"]);
        else if (kind == "dangling")
            File.CreateSymbolicLink(Paths.SystemPolicy!, _folder["nowhere"]);
        else if (kind == "directory")
            Directory.CreateDirectory(Paths.SystemPolicy!);
        else
            using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [Paths.SystemPolicy!]))
                mkfifo.WaitForExit();
        Assert.Equal(ErrorCode.UnsafePolicy, PolicyFiles.Read(Paths).Refusal?.Code);
    }

    [Fact]
    public void Read_TooMuch_IsRefused()
    {
        AsRoot();
        Write(Paths.SystemPolicy!, new string(' ', PolicyReader.MaxSize + 1));
        Assert.Equal(ErrorCode.UnsafePolicy, PolicyFiles.Read(Paths).Refusal?.Code);
    }

    private static void AsRoot() =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "an administrator's policy belongs to root: this test runs as root only");

    private static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, Mine);
    }
}
