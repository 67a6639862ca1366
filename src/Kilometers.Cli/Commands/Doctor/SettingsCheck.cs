using Kilometers.Contracts;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>The user's settings. Values are not shown: what does not belong there may be a secret.</summary>
internal sealed class SettingsCheck : IDoctorCheck
{
    public string Name => "settings";

    public Prerequisites Needs => Prerequisites.Home;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>([.. Find(context)]);

    private static IEnumerable<Finding> Find(DoctorContext context)
    {
        KmSettings? settings = null;
        try
        {
            settings = KmSettings.Read(context.Command.Paths.Settings, context.Environment);
        }
        catch (KmException) { }

        if (settings is null)
        {
            yield return Wrong($"{context.Command.Paths.Settings} cannot be used", "It must be one flat JSON object of known settings.");
            yield break;
        }

        var all = KmSettings.All.Select(settings.Find).ToList();
        foreach (var value in all)
            if (value.Setting.Check(value.Value) is { } why)
                yield return Wrong($"{value.Setting.Name} has an invalid value, set by {value.Source}", $"It must be {why}.");
        if (all.All(value => value.Setting.Check(value.Value) is null))
        {
            var changed = all.Where(value => value.Source != "default").Select(value => $"{value.Setting.Name} by {value.Source}").ToList();
            yield return Finding.Ok(
                changed.Count == 0 ? "all defaults" : $"{changed.Count} set",
                changed.Count == 0 ? null : string.Join('\n', changed)
            );
        }
    }

    private static Finding Wrong(string summary, string detail) =>
        Finding.Of(new KmError(ErrorCode.InvalidConfiguration, summary, detail, "See: km config show"));
}
