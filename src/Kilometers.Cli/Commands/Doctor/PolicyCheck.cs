namespace Kilometers.Cli.Commands.Doctor;

/// <summary>The administrator's and the user's policies: one that cannot be used keeps every plugin from running.</summary>
internal sealed class PolicyCheck : IDoctorCheck
{
    public string Name => "policy";

    public Prerequisites Needs => Prerequisites.None;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken)
    {
        var rules = context.Command.Rules;
        return Task.FromResult<IReadOnlyList<Finding>>(
            rules.Problems.Count > 0 ? [.. rules.Problems.Select(problem => Finding.Of(problem))]
            : rules.Documents.Count == 0 ? [Finding.Ok("none")]
            : [Finding.Ok($"{rules.Documents.Count} in force; to see the rules: km policy show")]
        );
    }
}
