using System.Net;
using Kilometers.Http.SignIn;

namespace Kilometers.Http.Tests.SignIn;

public sealed class SignInRulesTests
{
    [Theory]
    [InlineData(
        "Bearer resource_metadata=\"https://a/x\", scope=\"a b\", error=\"insufficient_scope\"",
        "https://a/x",
        "a,b",
        "insufficient_scope"
    )]
    [InlineData("Basic realm=\"Bearer scope=no\", Bearer scope=a", null, "a", null)]
    [InlineData("bearer error_description=\"say \\\"scope=x\\\"\", scope=\"b\"", null, "b", null)]
    [InlineData("Bearer", null, "", null)]
    [InlineData("Basic realm=\"x\"", null, "", null)]
    public void Read_Challenge_GivesWhatBearerSays(string header, string? metadata, string scopes, string? error)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.Unauthorized);
        response.Headers.TryAddWithoutValidation("WWW-Authenticate", header);
        var challenge = Challenge.Read(response);
        Assert.Equal((metadata, scopes, error), (challenge.ResourceMetadata, string.Join(',', challenge.Scopes), challenge.Error));
    }

    [Theory]
    [InlineData("https://example.com/mcp", "https://example.com/mcp", true)]
    [InlineData("https://example.com/mcp/", "https://example.com/mcp", true)]
    [InlineData("https://example.com", "https://example.com/mcp", true)]
    [InlineData("https://example.com/mc", "https://example.com/mcp", false)]
    [InlineData("https://example.com/mcp/a", "https://example.com/mcp", false)]
    [InlineData("https://example.com:8443/mcp", "https://example.com/mcp", false)]
    [InlineData("http://example.com/mcp", "https://example.com/mcp", false)]
    [InlineData("https://example.com.evil.example/mcp", "https://example.com/mcp", false)]
    [InlineData("https://user@example.com/mcp", "https://example.com/mcp", false)]
    [InlineData("mcp", "https://example.com/mcp", false)]
    [InlineData(null, "https://example.com/mcp", false)]
    public void Covers_Resource_IsTheServerOrContainsIt(string? resource, string server, bool covers) =>
        Assert.Equal(covers, SafeAddress.Covers(resource, new Uri(server)));

    [Theory]
    [InlineData("https://as.example/x", "https://example.com/", true)]
    [InlineData("http://as.example/x", "https://example.com/", false)]
    [InlineData("http://127.0.0.1:631/x", "https://example.com/", false)]
    [InlineData("https://localhost/x", "https://example.com/", false)]
    [InlineData("http://127.0.0.1:5000/x", "http://localhost:3000/mcp", true)]
    [InlineData("https://as.example/x", "http://localhost:3000/mcp", true)]
    [InlineData("https://user@as.example/x", "https://example.com/", false)]
    [InlineData("ftp://as.example/x", "https://example.com/", false)]
    public void Allows_Address_IsSafeForTheServer(string address, string server, bool allowed) =>
        Assert.Equal(allowed, SafeAddress.Allows(new Uri(address), new Uri(server)));

    [Fact]
    public void PlacesOf_IssuerWithPath_AreInTheOrderOfTheSpecification()
    {
        Assert.Equal(
            [
                "https://as.example/.well-known/oauth-authorization-server/tenant",
                "https://as.example/.well-known/openid-configuration/tenant",
                "https://as.example/tenant/.well-known/openid-configuration",
            ],
            Discovery.PlacesOf(new Uri("https://as.example/tenant"))
        );
        Assert.Equal(
            ["https://as.example/.well-known/oauth-authorization-server", "https://as.example/.well-known/openid-configuration"],
            Discovery.PlacesOf(new Uri("https://as.example/"))
        );
    }
}
