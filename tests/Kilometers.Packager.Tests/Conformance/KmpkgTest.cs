using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.Packager.Tests.Conformance;

/// <summary>A run of <c>kmpkg test --json</c>, and that nothing is left of it.</summary>
internal sealed class KmpkgTest
{
    private readonly IReadOnlyList<JsonElement> _checks;

    private KmpkgTest(int status, string errors, JsonElement report)
    {
        Status = status;
        Errors = errors;
        Report = report;
        _checks = [.. report.GetProperty("checks").EnumerateArray()];
    }

    public int Status { get; }

    public string Errors { get; }

    public JsonElement Report { get; }

    /// <summary>Titles of the checks with an outcome, like <c>session v2</c>.</summary>
    public IEnumerable<string> WithOutcome(string outcome) =>
        _checks.Where(check => check.GetProperty("outcome").GetString() == outcome).Select(Title);

    /// <summary>One check's outcome, and what was seen with all details.</summary>
    public (string Outcome, string Seen) this[string title]
    {
        get
        {
            var check = Assert.Single(_checks, check => Title(check) == title);
            var lines = check
                .GetProperty("details")
                .EnumerateArray()
                .Select(line => line.GetString())
                .Prepend(check.GetProperty("seen").GetString());
            return (check.GetProperty("outcome").GetString()!, string.Join('\n', lines));
        }
    }

    public static async Task<KmpkgTest> RunAsync(Workspace workspace, string plugin, params string[] options)
    {
        var runtime = Directory.CreateDirectory(workspace.File("run")).FullName;
        await using var kmpkg = KmProcess.Start(
            Programs.Kmpkg,
            ["test", plugin, "--json", .. options],
            new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = runtime }
        );
        kmpkg.CloseInput();
        var output = await new StreamReader(kmpkg.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        var status = await kmpkg.ExitAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(runtime));
        return new KmpkgTest(status, kmpkg.Errors, JsonElement.Parse(output));
    }

    private static string Title(JsonElement check) =>
        check.GetProperty("contract") is { ValueKind: JsonValueKind.Number } contract
            ? $"{check.GetProperty("name").GetString()} v{contract.GetInt32()}"
            : check.GetProperty("name").GetString()!;
}
