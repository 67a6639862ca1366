using Kilometers.Audit.Storage;

namespace Kilometers.Audit.Tests.Storage;

public sealed class SystemUserTests
{
    [Theory]
    [InlineData("alice", 1000u, "alice (1000)")]
    [InlineData("", 4711u, "4711")]
    [InlineData("alice", null, "alice")]
    [InlineData("al\u001b[31mice", 1u, "al [31mice (1)")]
    public void Describe_NameAndNumber_AreOneText(string name, uint? number, string expected) =>
        Assert.Equal(expected, SystemUser.Describe(name, number));

    [Fact]
    public void Current_IsThatOfTheSystem() => Assert.StartsWith(Environment.UserName, SystemUser.Current, StringComparison.Ordinal);
}
