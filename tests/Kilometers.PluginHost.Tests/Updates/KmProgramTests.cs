using Kilometers.Contracts;
using Kilometers.PluginHost.Updates;

namespace Kilometers.PluginHost.Tests.Updates;

public sealed class KmProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly KmProgram _program;

    public KmProgramTests()
    {
        File.WriteAllText(_folder["km"], "old");
        _program = new KmProgram(_folder["km"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Replace_ThenTakeBack_LeavesTheOldProgramAlone()
    {
        Prepare("new");
        _program.Replace();
        Assert.Equal(("new", "old"), (Read(_program.Path), Read(_program.Previous)));
        _program.TakeBack();
        Assert.Equal("old", Read(_program.Path));
        Assert.Equal(["km"], Names());
    }

    [Fact]
    public void Exchange_Twice_IsAsBefore()
    {
        Prepare("new");
        _program.Replace();
        _program.Exchange();
        Assert.Equal(("old", "new"), (Read(_program.Path), Read(_program.Previous)));
        _program.Exchange();
        Assert.Equal(("new", "old"), (Read(_program.Path), Read(_program.Previous)));
        Assert.Equal(2, Names().Count);
    }

    [Fact]
    public void Prepare_GivesTheModeOfTheProgram()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode Mode =
            UnixFileMode.UserRead
            | UnixFileMode.UserWrite
            | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead
            | UnixFileMode.GroupExecute
            | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_program.Path, Mode);
        Prepare("new");
        _program.Replace();
        Assert.Equal((Mode, Mode), (File.GetUnixFileMode(_program.Path), File.GetUnixFileMode(_program.Previous)));
    }

    [Fact]
    public void CleanUp_RemovesWhatAKilledUpdateLeft_AndNothingElse()
    {
        Prepare("new");
        _program.Replace();
        Prepare("half");
        File.WriteAllText(Path.Combine(_program.CreateStaging(), "package"), "half");
        File.WriteAllText(_program.Previous + ".part", "half");
        using (_program.Lock())
            _program.CleanUp();
        Assert.Equal([".km-update.lock", "km", Path.GetFileName(_program.Previous)], Names());
    }

    [Fact]
    public void Lock_WhileAnotherHoldsIt_IsRefused()
    {
        using (_program.Lock())
            Assert.Equal(ErrorCode.UpdateBusy, Assert.Throws<KmException>(() => _program.Lock()).Error.Code);
        _program.Lock().Dispose();
    }

    [Fact]
    public void Lock_WhereNothingCanBeWritten_IsRefused() =>
        Assert.Equal(
            ErrorCode.ProgramNotWritable,
            Assert.Throws<KmException>(() => new KmProgram(_folder["nowhere/km"]).Lock()).Error.Code
        );

    [Theory]
    [InlineData("/usr/bin/dotnet")]
    [InlineData(null)]
    public void Own_InsideDotnet_IsRefused(string? path) =>
        Assert.Equal(ErrorCode.NotUpdatable, Assert.Throws<KmException>(() => KmProgram.Own(path)).Error.Code);

    [Fact]
    public void Own_ThroughALink_IsTheProgramItself()
    {
        File.CreateSymbolicLink(_folder["link"], _program.Path);
        Assert.Equal(_program.Path, KmProgram.Own(_folder["link"]).Path);
    }

    private void Prepare(string content)
    {
        var file = _folder["staged"];
        File.WriteAllText(file, content);
        _program.Prepare(file);
    }

    private static string Read(string path) => File.ReadAllText(path);

    private List<string> Names() =>
        [.. Directory.EnumerateFileSystemEntries(_folder.Path).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];
}
