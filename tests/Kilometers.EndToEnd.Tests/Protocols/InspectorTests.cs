using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Protocols;

/// <summary>The official inspector and the official "everything" server notice nothing of km.</summary>
public sealed class InspectorTests
{
    public static TheoryData<string, string[]> Runs
    {
        get
        {
            var runs = new TheoryData<string, string[]>();
            foreach (var era in new[] { "legacy", "auto" })
            {
                runs.Add(era, ["--method", "tools/list"]);
                runs.Add(era, ["--method", "tools/call", "--tool-name", "echo", "--tool-arg", "message=a mile is 1.609 km"]);
                runs.Add(era, ["--method", "tools/call", "--tool-name", "get-sum", "--tool-arg", "a=19", "b=23"]);
                runs.Add(era, ["--method", "prompts/list"]);
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task The_inspector_gets_the_same_bytes_through_km_as_directly(string era, string[] call)
    {
        var inspector = Programs.Npm("@modelcontextprotocol/inspector/clients/launcher/build/index.js");
        string[] server = ["node", Programs.Npm("@modelcontextprotocol/server-everything/dist/index.js"), "stdio"];
        using var traces = new Traces();
        var home = traces.Workspace.Folder;
        string[] plugin = [.. Conversation.Plugins(traces.Workspace.TestPlugin("alpha"))];
        var (direct, _, directStatus) = await InspectAsync(home, [inspector, "--cli", .. call, "--protocol-era", era, "--", .. server]);
        var (through, errors, status) = await InspectAsync(
            home,
            [
                inspector,
                "--cli",
                .. call,
                "--protocol-era",
                era,
                "--",
                Programs.Km,
                "monitor",
                .. plugin,
                .. KmProcess.Access(plugin),
                "--server",
                "--",
                .. server,
            ]
        );

        // The inspector does not wait for its server: km may still write to its directory.
        await traces.AreGoneAsync();
        Assert.Equal(0, directStatus);
        Assert.Equal(0, status);
        Assert.NotEqual("", direct);
        Assert.Equal(direct, through);

        // For the same reason km may have nobody left to tell its summary.
        Assert.Contains("[PLG_DEV_001]", errors, StringComparison.Ordinal);
    }

    /// <param name="home">The inspector starts servers with few variables: of those that lead km to its directory, HOME is the one that it keeps.</param>
    /// <param name="arguments">Its arguments.</param>
    private static async Task<(string Output, string Errors, int Status)> InspectAsync(string home, string[] arguments)
    {
        await using var inspector = KmProcess.Start("node", arguments, new Dictionary<string, string> { ["HOME"] = home });
        inspector.CloseInput();
        var output = new MemoryStream();
        await inspector
            .Output.CopyToAsync(output, TestContext.Current.CancellationToken)
            .WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        var status = await inspector.ExitAsync();
        return (Convert.ToHexString(output.ToArray()), inspector.Errors, status);
    }
}
