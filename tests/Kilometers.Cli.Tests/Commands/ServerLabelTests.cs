using Kilometers.Cli.Commands;

namespace Kilometers.Cli.Tests.Commands;

public sealed class ServerLabelTests
{
    [Theory]
    [InlineData("my-server --root .", "my-server")]
    [InlineData("/opt/bin/my-server", "my-server")]
    [InlineData("npx -y @modelcontextprotocol/server-everything", "server-everything")]
    [InlineData("npx --yes @scope/server-files@1.2.3 /data", "server-files")]
    [InlineData("npx -p typescript tsx src/server.ts", "server")]
    [InlineData("npx", "npx")]
    [InlineData("https://mcp.example.com/v1/mcp?key=1", "mcp.example.com")]
    [InlineData("http://127.0.0.1:3000/mcp", "127.0.0.1:3000")]
    [InlineData("httpd -f", "httpd")]
    [InlineData("npx.cmd -y thing", "thing")]
    [InlineData("npm exec -- thing", "thing")]
    [InlineData("pnpm dlx thing@latest", "thing")]
    [InlineData("bunx thing", "thing")]
    [InlineData("uvx mcp-server-git --repository .", "mcp-server-git")]
    [InlineData("uvx --from git+https://example.com/x mcp-server-time", "mcp-server-time")]
    [InlineData("uv run --directory /srv/x weather.py", "weather")]
    [InlineData("uv tool run thing==1.0", "thing")]
    [InlineData("pipx run thing", "thing")]
    [InlineData("node /srv/files/dist/index.js --x", "files")]
    [InlineData("node --enable-source-maps build/weather.js", "weather")]
    [InlineData("node -e 1", "node")]
    [InlineData("node", "node")]
    [InlineData("python -m mcp_server_git", "mcp_server_git")]
    [InlineData("python3.12 -u /srv/weather/server.py", "weather")]
    [InlineData("/usr/bin/python3 -c 1", "python")]
    [InlineData("java -jar /opt/mcp-files.jar", "mcp-files")]
    [InlineData("dotnet /opt/Weather.dll", "Weather")]
    [InlineData("docker run -i --rm -e TOKEN ghcr.io/github/github-mcp-server:latest", "github-mcp-server")]
    [InlineData("docker run -i --rm --mount type=bind,src=/a,dst=/b mcp/filesystem /b", "filesystem")]
    [InlineData("docker run --env=A=1 -v /a:/b mcp/git@sha256:00", "git")]
    [InlineData("env A=1 node weather.js", "weather")]
    [InlineData("deno run -A weather.ts", "weather")]
    [InlineData("sh -c weather", "sh")]
    [InlineData("./index.js", "index.js")]
    [InlineData("cmd /c npx -y @scope/thing", "thing")]
    [InlineData("uv run fastmcp run weather.py", "weather")]
    [InlineData("go run ./cmd/files", "files")]
    [InlineData("dist/", "dist")]
    [InlineData("/", "/")]
    public void For_Command_NamesThePackageOrTheScript(string command, string label) =>
        Assert.Equal(label, ServerLabel.For(command.Split(' ')));

    [Fact]
    public void For_AnyWords_GivesALabel()
    {
        var random = new Random(5);
        string[] words =
        [
            "npx",
            "-y",
            "-p",
            "node",
            "python",
            "-m",
            "docker",
            "run",
            "env",
            "a=b",
            "/",
            "",
            "@",
            "@a/b@c",
            "uv",
            "--",
            "-jar",
            "index.js",
            "dist/",
            "..",
            "\\",
        ];
        for (var i = 0; i < 5000; i++)
            Assert.NotNull(ServerLabel.For([.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => words[random.Next(words.Length)])]));
    }
}
