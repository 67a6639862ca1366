using System.Globalization;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>Programs that km and kmpkg run: a helper for credentials, a signer. However they misbehave, the command ends and so do they.</summary>
public sealed class CredentialProgramTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    public static TheoryData<string> Misbehaviours =>
        [
            "sleep 600 & echo $! >>'MARK'; exit 0", // a child holds on to its output
            "sleep 600 & echo $! >>'MARK'; echo '{\"Username\":\"a\",\"Secret\":\"'; exit 1",
            "sleep 600 2>&1 >/dev/null & echo $! >>'MARK'; exit 0",
            "echo $$ >>'MARK'; exec yes 0123456789012345678901234567890123456789",
            "echo $$ >>'MARK'; exec yes 0123456789012345678901234567890123456789 >&2",
            "echo $$ >>'MARK'; exec cat /dev/zero",
            "echo $$ >>'MARK'; exec sleep 600",
            "echo $$ >>'MARK'; trap '' TERM INT HUP; exec sleep 600",
            "echo $$ >>'MARK'; kill -9 $$",
        ];

    [Theory]
    [MemberData(nameof(Misbehaviours))]
    public async Task A_credential_helper_ends_with_the_command(string behaviour)
    {
        var (_, said) = await AskHelperAsync(behaviour);
        await AssertEndedAsync(said);
    }

    [Theory]
    [MemberData(nameof(Misbehaviours))]
    public async Task A_signer_ends_with_the_command_and_the_package_stays_as_it_was(string behaviour)
    {
        var (status, said) = await SignAsync(behaviour);
        Assert.Equal(1, status);
        await AssertEndedAsync(said);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_child_that_leads_a_session_of_its_own_and_holds_on_to_the_output_holds_no_command_up(bool isSigner)
    {
        // It is out of reach of who ends a process group, as docs/packages.md says; the command ends all the same.
        const string Behaviour = "setsid sleep 600 & echo $! >>'MARK'; exit 0";
        try
        {
            var (_, said) = isSigner ? await SignAsync(Behaviour) : await AskHelperAsync(Behaviour);
            Assert.NotEqual("", said);
        }
        finally
        {
            foreach (var process in Marked().Where(Processes.IsAlive))
                KmProcess.Send(process, PosixSignalNumber.Kill);
        }
    }

    private string Mark => _home.File("mark");

    private async Task<(int Status, string Said)> AskHelperAsync(string behaviour)
    {
        WriteProgram("docker-credential-odd", behaviour);
        var config = Modes.Folder(Path.Combine(_home.Path, "config"));
        const string Nowhere = "http://127.0.0.1:1";
        await File.WriteAllTextAsync(
            Path.Combine(config, "km.json"),
            $$"""{"endpoint":"{{Nowhere}}"}""",
            TestContext.Current.CancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(config, "account.json"),
            $$"""{"endpoint":"{{Nowhere}}","customerId":"c1","customerName":"Test","keyId":"k1","issuer":"https://issuer.test"}""",
            TestContext.Current.CancellationToken
        );
        var environment = new Dictionary<string, string>(_home.Environment)
        {
            ["PATH"] = $"{_home.File("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
            ["KM_CREDENTIAL_HELPER"] = "odd",
        };
        var (status, output, errors) = await Shell.RunAsync("exec \"$1\" auth status", environment, null, Programs.Km);
        return (status, output + errors);
    }

    private async Task<(int Status, string Said)> SignAsync(string behaviour)
    {
        var signer = WriteProgram("signer", behaviour);
        var package = _home.Package();
        var before = await File.ReadAllBytesAsync(package, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _home.File("chain.pem"),
            TestAuthority.Trusted.Publisher.ChainPem,
            TestContext.Current.CancellationToken
        );
        var (status, output, errors) = await Shell.RunAsync(
            "exec \"$1\" sign \"$2\" --certificate \"$3\" --signer \"$4\"",
            _home.Environment,
            null,
            Programs.Kmpkg,
            package,
            _home.File("chain.pem"),
            signer
        );
        Assert.Equal(before, await File.ReadAllBytesAsync(package, TestContext.Current.CancellationToken));
        return (status, output + errors);
    }

    private string WriteProgram(string name, string body)
    {
        var path = Path.Combine(Directory.CreateDirectory(_home.File("bin")).FullName, name);
        File.WriteAllText(path, "#!/bin/bash\n" + body.Replace("MARK", Mark, StringComparison.Ordinal) + "\n");
        Modes.Set(path, Modes.Mine);
        return path;
    }

    private IEnumerable<int> Marked() =>
        File.Exists(Mark) ? File.ReadAllLines(Mark).Select(line => int.Parse(line, CultureInfo.InvariantCulture)) : [];

    private async Task AssertEndedAsync(string said)
    {
        var processes = Marked().ToList();
        Assert.True(processes.Count > 0, $"the program did not run: {said}");
        try
        {
            await Wait.ForAsync(() => !processes.Exists(Processes.IsAlive), "the program and its children to end");
        }
        finally
        {
            foreach (var process in processes.Where(Processes.IsAlive))
                KmProcess.Send(process, PosixSignalNumber.Kill);
        }
    }
}
