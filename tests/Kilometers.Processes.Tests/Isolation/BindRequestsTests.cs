using System.Text;
using Kilometers.Processes.Isolation;

namespace Kilometers.Processes.Tests.Isolation;

public sealed class BindRequestsTests
{
    private const int Eperm = 1;
    private const int Eacces = 13;

    [Theory]
    [InlineData("/run/s/plugin123", 0)]
    [InlineData("/run/s/plugin123\0", 0)]
    [InlineData("/run/s/plugin123\0/../../else", 0)]
    [InlineData("/run/s/...", 0)]
    [InlineData("", Eperm)]
    [InlineData("\0abstract", Eperm)]
    [InlineData("\0/run/s/abstract", Eperm)]
    [InlineData("/run/s/", Eacces)]
    [InlineData("/run/s", Eacces)]
    [InlineData("/run/s/.", Eacces)]
    [InlineData("/run/s/..", Eacces)]
    [InlineData("/run/s/../x", Eacces)]
    [InlineData("/run/s/a/b", Eacces)]
    [InlineData("/run/s//b", Eacces)]
    [InlineData("/run/sx/b", Eacces)]
    [InlineData("run/s/b", Eacces)]
    [InlineData("b", Eacces)]
    public void Check_APath_OnlyDirectlyInTheFolder(string path, int expected) =>
        Assert.Equal(expected, BindRequests.Check([1, 0, .. Encoding.UTF8.GetBytes(path)], "/run/s/"u8));

    [Fact]
    public void Check_AnotherFamilyOrHalfOfOne_IsInvalid()
    {
        const int Einval = 22;
        Assert.Equal(Einval, BindRequests.Check([1], "/"u8));
        Assert.Equal(Einval, BindRequests.Check([2, 0, .. "/run/s/x"u8], "/run/s/"u8));
    }
}
