using System.Text;
using Kilometers.Link.Holding;
using Xunit;

namespace Kilometers.Link.Tests.Holding;

public sealed class RequestIdFinderTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"x"}""", "7")]
    [InlineData("""  {"params":{"id":1,"a":["id",{"id":2}]},"id" : -12345678901234567890.5e+1 }""", "-12345678901234567890.5e+1")]
    [InlineData(
        """{"text":"\"id\":1}","id":"a\"b\\"}""",
        """
            "a\"b\\"
            """
    )]
    [InlineData("""{"id":null,"method":"x"}""", "null")]
    [InlineData("""{"id":{"a":1},"method":"x"}""", "null")]
    [InlineData("""{"name":"id","method":"x"}""", "")]
    [InlineData("""{"method":"x"}""", "")]
    [InlineData("""[{"id":1,"method":"x"}]""", "null")]
    [InlineData("""x{"id":1}""", "null")]
    [InlineData("""{"method":"x""", "null")]
    [InlineData("", "null")]
    public void Find_Request_GivesItsIdAsItIsWritten(string line, string id) =>
        Assert.Equal(id, Encoding.UTF8.GetString(RequestIdFinder.Find(Encoding.UTF8.GetBytes(line))));
}
