using Kilometers.Contracts;
using Kilometers.Packaging.Trust;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Installation;

/// <summary>What one publisher's plugin stored is not another's, whatever the name.</summary>
public sealed class StateFoldersTests : IDisposable
{
    private static readonly PublisherIdentity First = new() { Organization = "Example Ltd", Root = new string('a', 64) };
    private static readonly PublisherIdentity SameNameOtherRoot = First with { Root = new string('b', 64) };
    private static readonly PublisherIdentity SameRootOtherName = First with { Organization = "Other Ltd" };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Claim_TheFirstPublisher_HasThePlainFolderForGood()
    {
        Assert.Equal(_folder["logger"], States.Claim("logger", First));
        var others = new[] { States.Claim("logger", SameNameOtherRoot), States.Claim("logger", SameRootOtherName) };
        Assert.All(others, other => Assert.StartsWith(_folder["logger@"], other, StringComparison.Ordinal));
        Assert.Distinct(others);
        Assert.Equal(_folder["logger"], States.Claim("logger", First with { }));
        Assert.Equal(others[0], States.Find("logger", SameNameOtherRoot));
    }

    [Fact]
    public void Claim_AFolderThatIsThereAndNobodys_IsTheFirstOnes()
    {
        Directory.CreateDirectory(_folder["logger"]);
        Assert.Equal(_folder["logger"], States.Claim("logger", First));
    }

    [Fact]
    public void Find_ClaimsNothing()
    {
        Assert.Equal(_folder["logger"], States.Find("logger", First));
        Assert.Equal(_folder["logger"], States.Find("logger", SameRootOtherName));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"organization\":\"Example Ltd\"}")]
    public void Find_WhoseItIsCannotBeTold_IsNotTheOneWhoAsks(string content)
    {
        File.WriteAllText(_folder["logger.publisher"], content);
        Assert.StartsWith(_folder["logger@"], States.Claim("logger", First), StringComparison.Ordinal);
    }

    [Fact]
    public void Claim_ThatCannotBeRecorded_Fails()
    {
        File.WriteAllText(_folder["file"], "");
        var error = Assert.Throws<KmException>(() => new StateFolders(Path.Combine(_folder["file"], "state")).Claim("logger", First)).Error;
        Assert.Equal(ErrorCode.PluginNotStarted, error.Code);
    }

    [Fact]
    public void Delete_TakesAllOfTheNameAndNothingElse()
    {
        foreach (var publisher in new[] { First, SameNameOtherRoot })
            Directory.CreateDirectory(States.Claim("logger", publisher));
        Directory.CreateDirectory(States.Claim("logger-two", First));
        States.Delete("logger");
        Assert.Equal(
            [_folder["logger-two"], _folder["logger-two.publisher"]],
            Directory.EnumerateFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal)
        );
        States.Delete("never-there");
    }

    private StateFolders States => new(_folder.Path);
}
