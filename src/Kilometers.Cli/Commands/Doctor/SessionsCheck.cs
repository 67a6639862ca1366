using Kilometers.PluginHost.Control;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>Whether running sessions answer, and how their plugins do.</summary>
internal sealed class SessionsCheck : IDoctorCheck
{
    public string Name => "sessions";

    public Prerequisites Needs => Prerequisites.Home;

    public async Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken)
    {
        var answers = await ControlClient
            .Create(context.Command.Paths.Home, context.Command.Time)
            .StatusAsync(ControlClient.StatusLimit, cancellationToken)
            .ConfigureAwait(false);
        var findings = answers
            .Select(answer => answer.Error)
            .OfType<Contracts.KmError>()
            .Select(error => Finding.Of(error, Severity.Warning))
            .ToList();

        // Not the error's detail: it is what the plugin printed.
        findings.AddRange(
            from answer in answers
            from plugin in answer.Report?.Plugins ?? []
            where plugin.State == "Error"
            select Finding.Warning(
                $"{plugin.Name} has failed in the session of km {answer.Address.Pid}",
                hint: $"See: km plugins status {plugin.Name}"
            ) with
            {
                Code = plugin.LastError?.Code,
            }
        );
        if (findings.Count == 0)
            findings.Add(Finding.Ok(answers.Count == 0 ? "none is running" : $"{answers.Count} running"));
        return findings;
    }
}
